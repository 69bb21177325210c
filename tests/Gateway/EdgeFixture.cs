namespace Gateway.Tests;

/// <summary>One <see cref="EdgeHost"/> with default settings for the tests of a class, which run one after another.</summary>
public sealed class EdgeFixture : IAsyncLifetime
{
    /// <summary>The host.</summary>
    public EdgeHost Edge { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Edge = await EdgeHost.StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Edge.DisposeAsync();
}
