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

    private const string IdleLimit = "idle_in_transaction_session_timeout";

    // A process that stands still or is gone in the middle of a transaction keeps its locks for as long, and no longer: the
    // change counter's would stop every change, and a gateway's row could not be closed. Ours go on at once after each
    // statement, so only a network that takes longer than this for one way would be cut short.
    private const int StandstillSeconds = 2;

    // While somebody else is still clearing the pool, dead connections may be taken from it again: each is one fewer.
    private const int MaxAttempts = 20;

    // Statements are the same ones over and over: the server keeps them parsed, for each connection the ones used most. More
    // than we have. Where connections are not one's own for long (PgBouncer before 1.21), set "Max Auto Prepare=0".
    private const int PreparedStatements = 100;

    // A second writer on SQLite waits in line here instead of in SQLite's busy loop.
    private readonly SemaphoreSlim? _writer;
    private readonly DbDataSource _source;

    // All that is asked in one session takes no longer than connecting and the slowest of statements: a store that is slow
    // at each of ten statements must not hold whoever asks for as long as ten slow stores.
    private readonly TimeSpan _patience;

    private Database(DbDataSource source, Dialect dialect, int connectSeconds, int commandSeconds)
    {
        (_source, Dialect) = (source, dialect);
        _patience =
            connectSeconds == 0 || commandSeconds == 0
                ? Timeout.InfiniteTimeSpan
                : TimeSpan.FromSeconds(connectSeconds + commandSeconds);
        _writer = dialect == Dialect.Sqlite ? new SemaphoreSlim(1, 1) : null;
        Instants.RegisterWithDapper();
    }

    /// <summary>How this database speaks.</summary>
    public Dialect Dialect { get; }

    /// <summary>The connections, for what needs one of its own (LISTEN).</summary>
    public DbDataSource Source => _source;

    /// <summary>A look-out for commits of whatever process; null where the database itself tells of changes.</summary>
    public CommitWatch? WatchCommits() => _source is SqliteSource sqlite ? new CommitWatch(sqlite) : null;

    /// <summary>Opens nothing yet: a process starts without a store.</summary>
    /// <exception cref="SettingsException">The provider is unknown or the connection string unreadable.</exception>
    public static Database Create(StoreOptions options)
    {
        try
        {
            return options.Provider switch
            {
                "sqlite" => Sqlite(options.ConnectionString),
                "postgres" => Postgres(options.ConnectionString),
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

    /// <summary>Opens a session to read with, for as long as it takes.</summary>
    public async Task<Session> OpenAsync(CancellationToken cancellation = default)
    {
        var limit = new Deadline(Timeout.InfiniteTimeSpan, cancellation);
        try
        {
            var connection = await _source.OpenConnectionAsync(limit.Token).ConfigureAwait(false);
            return new Session(connection, null, Dialect, cancellation, limit.Token) { Limit = limit };
        }
        catch
        {
            limit.Dispose();
            throw;
        }
    }

    /// <summary>Reads in one session. A connection that has died in the pool, because the store was restarted say, is no
    /// failure: what was asked on it is asked again on another.</summary>
    /// <exception cref="TimeoutException">All of it together took too long.</exception>
    public Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellation = default) =>
        WithinAsync(limit => ReadAsync(read, cancellation, limit), cancellation);

    /// <summary>Writes in one transaction: all of it or, when <paramref name="write"/> throws, none. When it fails as it
    /// commits, it is not known which.</summary>
    /// <exception cref="TimeoutException">All of it together took too long.</exception>
    public Task<T> WriteAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellation = default) =>
        WithinAsync(limit => WriteAsync(write, cancellation, limit), cancellation);

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

    /// <summary>
    /// Writes with one call of the session: one statement, or several in one text. On Postgres nothing is left to be said
    /// after it, so that its transaction ends whatever becomes of this process, and its locks with it.
    /// </summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public Task<T> WriteAtOnceAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellation = default) =>
        _writer is null
            ? WithinAsync(limit => WriteAtOnceAsync(write, cancellation, limit), cancellation)
            : WriteAsync(write, cancellation);

    /// <summary>Writes in one transaction, for as long as it takes: a migration.</summary>
    internal async Task<T> WriteAtLengthAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellation)
    {
        using var limit = new Deadline(Timeout.InfiniteTimeSpan, cancellation);
        return await WriteAsync(write, cancellation, limit.Token).ConfigureAwait(false);
    }

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

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        using var limit = new Deadline(_patience, cancellation);
        try
        {
            return await ask(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
            when (limit.Token.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException("The store did not answer in time.", e);
        }
    }

    private async Task<Session> OpenAsync(CancellationToken given, CancellationToken limit) =>
        new(await _source.OpenConnectionAsync(limit).ConfigureAwait(false), null, Dialect, given, limit);

    private async Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken given, CancellationToken limit)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = await OpenAsync(given, limit).ConfigureAwait(false);
            try
            {
                return await read(session).ConfigureAwait(false);
            }
            catch (DbException e)
                when (attempt < MaxAttempts && session.IsLost && e.InnerException is not TimeoutException)
            {
                // Its kin in the pool have died with it.
                Refresh();
            }
        }
    }

    // What is sent at once is a transaction of the server's own. It is not asked again when its connection is lost: it may
    // have come through.
    private async Task<T> WriteAtOnceAsync<T>(
        Func<Session, Task<T>> write,
        CancellationToken given,
        CancellationToken limit
    )
    {
        await using var session = await OpenAsync(given, limit).ConfigureAwait(false);
        return await write(session).ConfigureAwait(false);
    }

    private async Task<T> WriteAsync<T>(Func<Session, Task<T>> write, CancellationToken given, CancellationToken limit)
    {
        // Outside the try: what was not taken is not given back.
        if (_writer is not null)
            await _writer.WaitAsync(limit).ConfigureAwait(false);
        try
        {
            await using var connection = await _source.OpenConnectionAsync(limit).ConfigureAwait(false);
            await using var transaction = Begin(connection);
            await using var session = new Session(connection, transaction, Dialect, given, limit);
            var result = await write(session).ConfigureAwait(false);
            await transaction.CommitAsync(limit).ConfigureAwait(false);
            return result;
        }
        finally
        {
            _writer?.Release();
        }
    }

    // SQLite takes the write lock at once (BEGIN IMMEDIATE): a read that turns into a write could not wait for it.
    private static DbTransaction Begin(DbConnection connection) =>
        connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(deferred: false)
            : connection.BeginTransaction(IsolationLevel.ReadCommitted);

    private static Database Sqlite(string connectionString) =>
        new(new SqliteSource(connectionString), Dialect.Sqlite, ConnectSeconds, CommandSeconds);

    private static Database Postgres(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Start-up options and not SETs: they hold for as long as the connection does.
        // A change must be on disk before its receipt is given, whatever the server's default is.
        if (settings.Options?.Contains("synchronous_commit=remote_apply", StringComparison.Ordinal) != true)
            settings.Options = $"{settings.Options} -c synchronous_commit=on".Trim();
        if (!settings.Options.Contains(IdleLimit, StringComparison.Ordinal))
            settings.Options += $" -c {IdleLimit}={StandstillSeconds}s";
        // Nothing is left on a connection that would have to be reset. Besides, what is cancelled waits for the reset to
        // be answered first.
        settings.NoResetOnClose = true;
        settings.ApplicationName ??= "gateway";
        // Of several hosts only the one that is written to tells the truth: a replica may not have the last revoke yet.
        if (settings.Host?.Contains(',', StringComparison.Ordinal) == true)
            settings.TargetSessionAttributes = "primary";
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (!given.ContainsKey("Timeout"))
            settings.Timeout = ConnectSeconds;
        if (!given.ContainsKey("Command Timeout") && !given.ContainsKey("CommandTimeout"))
            settings.CommandTimeout = CommandSeconds;
        if (!given.ContainsKey("Max Auto Prepare") && !given.ContainsKey("MaxAutoPrepare"))
            settings.MaxAutoPrepare = PreparedStatements;
        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
        return new Database(source, Dialect.Postgres, settings.Timeout, settings.CommandTimeout);
    }
}
