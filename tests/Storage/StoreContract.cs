using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What every database must do. One body, run on each; the parts are in the files beside this one.</summary>
public abstract partial class StoreContract(string provider) : IAsyncLifetime
{
    private TestStore _store = null!;

    private Database Database => _store.Database;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _store = await TestStore.CreateAsync(provider);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _store.DisposeAsync();
    }

    private Task<T> ReadAsync<T>(Func<Session, Task<T>> read) => Database.ReadAsync(read);

    private Task WriteAsync(Func<Session, Task> write) => Database.WriteAsync(write);

    private Task<T> WriteAsync<T>(Func<Session, Task<T>> write) => Database.WriteAsync(write);
}

/// <summary>The contract on SQLite.</summary>
public sealed class SqliteStoreTests() : StoreContract("sqlite");

/// <summary>The contract on PostgreSQL.</summary>
public sealed class PostgresStoreTests() : StoreContract("postgres");
