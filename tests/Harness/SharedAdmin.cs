namespace Gateway.Tests;

/// <summary>One admin API for a class of tests; each test has an account of its own.</summary>
public abstract class SharedAdmin(string provider) : IAsyncLifetime
{
    /// <summary>The database it is on.</summary>
    public string Provider => provider;

    /// <summary>The admin API.</summary>
    public TestAdmin Admin { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Admin = await TestAdmin.StartAsync(provider: provider);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Admin.DisposeAsync();
    }
}

/// <summary>On SQLite.</summary>
public sealed class SqliteAdmin() : SharedAdmin("sqlite");

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresAdmin() : SharedAdmin("postgres");
