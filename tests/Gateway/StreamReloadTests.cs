using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A stream is held to what its route demands now, and not to what it demanded as the stream was opened.</summary>
public sealed class StreamReloadTests : IAsyncLifetime
{
    private TestStore _store = null!;
    private StreamGateway _gateway = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _gateway = await StreamGateway.StartAsync(_store.Options);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task RouteThatDemandsMore_EndsTheStreamsOfKeysThatLackIt_AndNoOther()
    {
        var streams = await OpenAsync("read");
        var others = await OpenAsync("read", "write");

        await ReloadAsync(text => text.Replace("\"Permissions\": \"read\"", "\"Permissions\": \"read write\""));

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await Task.WhenAll(others.Select(s => s.AliveAsync(_gateway.Upstream)));
        var scrape = new PrometheusScrape((await _gateway.Gateway.OpsAsync("/metrics")).Text);
        Assert.Equal(streams.Count, scrape["""gateway_streams_closed_total{reason="INSUFFICIENT_PERMISSIONS"}"""]);
    }

    [Fact]
    public async Task RouteThatIsGone_TakesItsStreamsAlong()
    {
        var streams = await OpenAsync("read");

        // The cluster of that name stays.
        await ReloadAsync(text => text.Replace("\"h1\": {\n", "\"x1\": {\n"));

        await Task.WhenAll(streams.Take(4).Select(s => s.CutOffAsync()));
        await Task.WhenAll(streams.Skip(4).Select(s => s.AliveAsync(_gateway.Upstream)));
    }

    [Fact]
    public async Task WalletThatIsNamedElsewhere_HasNotBeenNamed()
    {
        var streams = await OpenAsync("read");

        await ReloadAsync(text => text.Replace("\"Wallet\": \"{walletId}\"", "\"Wallet\": \"query:wallet\""));

        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
    }

    [Fact]
    public async Task RoutesThatRefuseNothing_LeaveStreamsOpen()
    {
        var streams = await OpenAsync("read");

        await ReloadAsync(text => text.Replace("\"Permissions\": \"read\"", "\"Access\": \"key\""));
        await ReloadAsync(text =>
            text.Replace("\"Access\": \"key\", \"Wallet\": \"{walletId}\" }", "\"Access\": \"anonymous\" }")
        );

        await Task.WhenAll(streams.Select(s => s.AliveAsync(_gateway.Upstream)));
    }

    private async Task<IReadOnlyList<StreamClient>> OpenAsync(params string[] permissions)
    {
        var (_, secret) = await StreamGateway.IssueKeyAsync(_store, k => k with { Permissions = permissions });
        return await _gateway.Clients.OpenAllAsync(secret);
    }

    private async Task ReloadAsync(Func<string, string> change)
    {
        var routes = _gateway.Gateway.Services.GetRequiredService<RoutesFile>();
        var reloads = routes.Reloads;
        var before = await File.ReadAllTextAsync(_gateway.Gateway.RoutesFile);
        var after = change(before);
        Assert.NotEqual(before, after);
        await File.WriteAllTextAsync(_gateway.Gateway.RoutesFile, after);
        await Eventually.TrueAsync(() => routes.Reloads > reloads || routes.LastError is not null);
        Assert.Null(routes.LastError);
        _gateway.Sweep();
    }
}
