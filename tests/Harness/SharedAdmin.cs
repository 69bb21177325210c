namespace Gateway.Tests;

/// <summary>One admin API on SQLite for a class of tests; each test has an account of its own.</summary>
public sealed class SharedAdmin : IAsyncLifetime
{
    /// <summary>The admin API.</summary>
    public TestAdmin Admin { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Admin = await TestAdmin.StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Admin.DisposeAsync();
}
