using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;

namespace Gateway.Keys.Storage;

/// <summary>A connection, and for writes its transaction. The stores are methods on it, grouped by file.</summary>
/// <param name="connection">The connection.</param>
/// <param name="transaction">Its transaction; null to read.</param>
/// <param name="dialect">How the database speaks.</param>
/// <param name="given">The token the caller opened it with.</param>
/// <param name="limit">That token, cancelled also when the session has had its time; none for as long as it takes.</param>
public sealed class Session(
    DbConnection connection,
    DbTransaction? transaction,
    Dialect dialect,
    CancellationToken given = default,
    CancellationToken limit = default
) : IAsyncDisposable
{
    /// <summary>How the database speaks.</summary>
    public Dialect Dialect => dialect;

    /// <summary>Whether its connection is no more: what failed may never have reached the store.</summary>
    internal bool IsLost => connection.State != ConnectionState.Open;

    /// <summary>Rows of a query: objects, or values of its one column.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, object? parameters = null, CancellationToken ct = default)
    {
        // Dapper maps the rows but does not read them: it would take each column as it comes (SequentialAccess) and block
        // the thread for the rest of a row. That may be the thread that is to hear of it (inline completions), for ever.
        var command = Command(sql, parameters, ct);
        var reader = await connection.ExecuteReaderAsync(command, CommandBehavior.Default).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        var rows = new List<T>();
        if (reader.FieldCount == 0)
            return rows;
        Func<DbDataReader, T> parse =
            typeof(T).IsValueType || typeof(T) == typeof(string) ? ValueOf<T> : reader.GetRowParser<T>();
        while (await reader.ReadAsync(command.CancellationToken).ConfigureAwait(false))
            rows.Add(parse(reader));
        // To the end, so that closing it has nothing to wait for either.
        while (await reader.NextResultAsync(command.CancellationToken).ConfigureAwait(false)) { }
        return rows;
    }

    /// <summary>What is made of each row of a query. Rows are plain classes: Dapper converts what it sets properties to,
    /// but not what it calls constructors with.</summary>
    public async Task<List<T>> QueryAsync<TRow, T>(
        Converter<TRow, T> make,
        string sql,
        object? parameters,
        CancellationToken ct
    ) => (await QueryAsync<TRow>(sql, parameters, ct).ConfigureAwait(false)).ConvertAll(make);

    /// <summary>The first row, or null when there is none.</summary>
    public async Task<T?> FirstAsync<T>(string sql, object? parameters = null, CancellationToken ct = default)
        where T : class => (await QueryAsync<T>(sql, parameters, ct).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>The one value that the statement always answers.</summary>
    /// <exception cref="InvalidOperationException">It answered none: the database is not what it should be.</exception>
    public async Task<T> ValueAsync<T>(string sql, object? parameters = null, CancellationToken ct = default)
        where T : struct => (await QueryAsync<T>(sql, parameters, ct).ConfigureAwait(false)).Single();

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it touched.</returns>
    public Task<int> ExecuteAsync(string sql, object? parameters = null, CancellationToken ct = default) =>
        connection.ExecuteAsync(Command(sql, parameters, ct));

    /// <summary>Runs a migration or waits for its lock: however long it takes, unlike everything else.</summary>
    internal Task ScriptAsync(string sql, CancellationToken ct) =>
        connection.ExecuteAsync(
            new CommandDefinition(sql, null, transaction, commandTimeout: 0, cancellationToken: Within(ct))
        );

    /// <summary>What ends with the session, when it was opened for as long as it takes.</summary>
    internal Deadline? Limit { get; init; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (transaction is null)
            await connection.DisposeAsync().ConfigureAwait(false);
        Limit?.Dispose();
    }

    // Databases differ in how wide a number they answer with.
    private static T ValueOf<T>(DbDataReader reader) =>
        reader.GetValue(0) is T value
            ? value
            : (T)Convert.ChangeType(reader.GetValue(0), typeof(T), CultureInfo.InvariantCulture);

    private CommandDefinition Command(string sql, object? parameters, CancellationToken ct) =>
        new(sql, parameters, transaction, cancellationToken: Within(ct));

    private CancellationToken Within(CancellationToken ct) => ct == given || !ct.CanBeCanceled ? limit : ct;
}
