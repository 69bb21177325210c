using System.Data;
using System.Data.Common;
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

    /// <summary>Rows of a query.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, object? parameters = null, CancellationToken ct = default) =>
        (await connection.QueryAsync<T>(Command(sql, parameters, ct)).ConfigureAwait(false)).AsList();

    /// <summary>What is made of each row of a query. Rows are plain classes: Dapper converts what it sets properties to,
    /// but not what it calls constructors with.</summary>
    public async Task<List<T>> QueryAsync<TRow, T>(
        Converter<TRow, T> make,
        string sql,
        object? parameters,
        CancellationToken ct
    ) => (await QueryAsync<TRow>(sql, parameters, ct).ConfigureAwait(false)).ConvertAll(make);

    /// <summary>The first row, or null when there is none.</summary>
    public Task<T?> FirstAsync<T>(string sql, object? parameters = null, CancellationToken ct = default)
        where T : class => connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters, ct));

    /// <summary>The one value that the statement always answers.</summary>
    /// <exception cref="InvalidOperationException">It answered none: the database is not what it should be.</exception>
    public Task<T> ValueAsync<T>(string sql, object? parameters = null, CancellationToken ct = default)
        where T : struct => connection.QuerySingleAsync<T>(Command(sql, parameters, ct));

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it touched.</returns>
    public Task<int> ExecuteAsync(string sql, object? parameters = null, CancellationToken ct = default) =>
        connection.ExecuteAsync(Command(sql, parameters, ct));

    /// <summary>Runs a migration or waits for its lock: however long it takes, unlike everything else.</summary>
    internal Task ScriptAsync(string sql, CancellationToken ct) =>
        connection.ExecuteAsync(
            new CommandDefinition(sql, null, transaction, commandTimeout: 0, cancellationToken: ct)
        );

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => transaction is null ? connection.DisposeAsync() : ValueTask.CompletedTask;

    private CommandDefinition Command(string sql, object? parameters, CancellationToken ct) =>
        new(sql, parameters, transaction, cancellationToken: ct == given || !ct.CanBeCanceled ? limit : ct);
}
