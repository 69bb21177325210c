using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Gateway.Keys.Storage;

/// <summary>
/// The store. A read is one session without a transaction, a write is one transaction; what a write says to do after
/// commit (hints) is done only then. Reads go to the primary.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    // A store that answers slower than this counts as down: callers answer 503 rather than pile up behind it.
    private const int ConnectSeconds = 2;
    private const int CommandSeconds = 5;

    // A second writer on SQLite waits in line here instead of in SQLite's busy loop.
    private readonly SemaphoreSlim? _writer;
    private readonly DbDataSource _source;

    private Database(DbDataSource source, Dialect dialect)
    {
        (_source, Dialect) = (source, dialect);
        _writer = dialect == Dialect.Sqlite ? new SemaphoreSlim(1, 1) : null;
        Instants.RegisterWithDapper();
    }

    /// <summary>How this database speaks.</summary>
    public Dialect Dialect { get; }

    /// <summary>The connections, for what needs one of its own (LISTEN).</summary>
    public DbDataSource Source => _source;

    /// <summary>Opens nothing yet: a process starts without a store.</summary>
    /// <exception cref="SettingsException">The provider is unknown or the connection string unreadable.</exception>
    public static Database Create(StoreOptions options)
    {
        try
        {
            return options.Provider switch
            {
                "sqlite" => new Database(new SqliteSource(options.ConnectionString), Dialect.Sqlite),
                "postgres" => new Database(PostgresSource(options.ConnectionString), Dialect.Postgres),
                _ => throw new SettingsException([
                    $"Store:Provider is '{options.Provider}'; it must be 'sqlite' or 'postgres'.",
                ]),
            };
        }
        catch (ArgumentException)
        {
            // The message is not passed on: it may quote a password.
            throw new SettingsException([$"Store:ConnectionString cannot be read as one of {options.Provider}."]);
        }
    }

    /// <summary>Opens a session to read with.</summary>
    public async Task<Session> OpenAsync(CancellationToken cancellation = default) =>
        new(await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false), null, Dialect);

    /// <summary>Reads in one session.</summary>
    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellation = default)
    {
        await using var session = await OpenAsync(cancellation).ConfigureAwait(false);
        return await read(session).ConfigureAwait(false);
    }

    /// <summary>Writes in one transaction: all of it or, when <paramref name="write"/> throws, none.</summary>
    public async Task<T> WriteAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellation = default)
    {
        if (_writer is not null)
            await _writer.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using var transaction = Begin(connection);
            await using var session = new Session(connection, transaction, Dialect);
            var result = await write(session).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            return result;
        }
        finally
        {
            _writer?.Release();
        }
    }

    /// <summary>Writes in one transaction.</summary>
    public Task WriteAsync(Func<Session, Task> write, CancellationToken cancellation = default) =>
        WriteAsync(
            async session =>
            {
                await write(session).ConfigureAwait(false);
                return true;
            },
            cancellation
        );

    /// <summary>Lets go of idle connections: what is asked from here on is asked on new ones. For a process that was
    /// asleep, whose connections may be dead without its knowing.</summary>
    public void Refresh()
    {
        if (_source is NpgsqlDataSource postgres)
            postgres.Clear();
        else if (_source is SqliteSource sqlite)
            sqlite.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        _writer?.Dispose();
    }

    // SQLite takes the write lock at once (BEGIN IMMEDIATE): a read that turns into a write could not wait for it.
    private static DbTransaction Begin(DbConnection connection) =>
        connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(deferred: false)
            : connection.BeginTransaction(IsolationLevel.ReadCommitted);

    private static NpgsqlDataSource PostgresSource(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // A change must be on disk before its receipt is given, whatever the server's default is. A start-up option and
        // not a SET, because the pool resets connections to what they started with.
        if (settings.Options?.Contains("synchronous_commit=remote_apply", StringComparison.Ordinal) != true)
            settings.Options = $"{settings.Options} -c synchronous_commit=on".Trim();
        settings.ApplicationName ??= "gateway";
        // Of several hosts only the one that is written to tells the truth: a replica may not have the last revoke yet.
        if (settings.Host?.Contains(',', StringComparison.Ordinal) == true)
            settings.TargetSessionAttributes = "primary";
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (!given.ContainsKey("Timeout"))
            settings.Timeout = ConnectSeconds;
        if (!given.ContainsKey("Command Timeout") && !given.ContainsKey("CommandTimeout"))
            settings.CommandTimeout = CommandSeconds;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }
}
