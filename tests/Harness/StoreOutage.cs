using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Tests;

/// <summary>A store that a test can take away from a process and give back: Postgres behind a relay that is cut, SQLite
/// by a write lock that somebody else keeps, which blocks the thread of whoever wants to write.</summary>
public sealed class StoreOutage : IAsyncDisposable
{
    private readonly TestStore _store;
    private readonly TcpRelay? _relay;
    private SqliteConnection? _lock;

    private StoreOutage(TestStore store, TcpRelay? relay, StoreOptions options) =>
        (_store, _relay, Options) = (store, relay, options);

    /// <summary>Settings by which the process finds the store.</summary>
    public StoreOptions Options { get; }

    /// <summary>Prepares one.</summary>
    public static StoreOutage Of(TestStore store)
    {
        if (store.Database.Dialect == Dialect.Sqlite)
            return new StoreOutage(store, null, store.Options);
        var (relay, options) = store.Relayed();
        return new StoreOutage(store, relay, options);
    }

    /// <summary>The store is away.</summary>
    public async Task BeginAsync()
    {
        _relay?.Cut();
        if (_relay is not null)
            return;
        _lock = new SqliteConnection(_store.Options.ConnectionString + ";Pooling=False");
        await _lock.OpenAsync();
        await using var command = _lock.CreateCommand();
        command.CommandText = "begin immediate";
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The store is back.</summary>
    public async Task EndAsync()
    {
        _relay?.Restore();
        if (_lock is not null)
            await _lock.DisposeAsync();
        _lock = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        if (_relay is not null)
            await _relay.DisposeAsync();
    }
}
