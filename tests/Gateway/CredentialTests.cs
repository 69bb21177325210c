using System.Net;

namespace Gateway.Tests;

/// <summary>Where a key may stand in a request.</summary>
public sealed class CredentialTests : IAsyncLifetime
{
    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;
    private string _secret = "";

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        (_, _secret) = await _store.IssueKeyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task ApiKeyHeader_IsNoCredential_UnlessItIsEnabled()
    {
        await using var gateway = await StartAsync(enabled: false);

        Assert.Equal("UNAUTHORIZED", await SendAsync(gateway, ("X-API-Key", _secret)));
        Assert.Equal("", await SendAsync(gateway, ("X-API-Key", "whatever"), ("Authorization", "Bearer " + _secret)));
        Assert.Empty(_upstream.Single.Values("X-API-Key"));
    }

    [Fact]
    public async Task ApiKeyHeader_IsTaken_WhenItIsEnabled_AndNotPassedOn()
    {
        await using var gateway = await StartAsync(enabled: true);

        Assert.Equal("", await SendAsync(gateway, ("X-API-Key", _secret)));
        Assert.Equal("", await SendAsync(gateway, ("Authorization", "Bearer " + _secret)));
        Assert.Equal("INVALID_API_KEY", await SendAsync(gateway, ("X-API-Key", "nonsense")));
        Assert.All(
            _upstream.Requests,
            r => Assert.DoesNotContain(r.Headers, h => h.Value.Contains(_secret, StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task BothAtOnce_OrTwoOfOne_IsAmbiguous()
    {
        await using var gateway = await StartAsync(enabled: true);

        Assert.Equal("BAD_REQUEST", await SendAsync(gateway, ("X-API-Key", _secret), ("Authorization", "Bearer x")));
        Assert.Equal("BAD_REQUEST", await SendAsync(gateway, ("X-API-Key", _secret), ("Authorization", "Basic eDp5")));
        Assert.Equal("BAD_REQUEST", await SendAsync(gateway, ("X-API-Key", _secret), ("X-API-Key", _secret)));
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("Basic eDp5")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("BearerX")]
    [InlineData("Digest username=x")]
    public async Task AnotherScheme_CountsAsAbsent(string value)
    {
        await using var gateway = await StartAsync(enabled: false);

        Assert.Equal("UNAUTHORIZED", await SendAsync(gateway, ("Authorization", value)));
    }

    [Fact]
    public async Task Scheme_MayBeSpelledInAnyCase()
    {
        await using var gateway = await StartAsync(enabled: false);

        Assert.Equal("", await SendAsync(gateway, ("Authorization", "bearer " + _secret)));
        Assert.Equal("", await SendAsync(gateway, ("Authorization", "BEARER  " + _secret)));
        Assert.Equal("INVALID_API_KEY", await SendAsync(gateway, ("Authorization", $"Bearer {_secret} x")));
    }

    private Task<TestGateway> StartAsync(bool enabled) =>
        TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(_upstream),
            new() { ["Gateway:ApiKeyHeader"] = enabled ? "true" : "false" }
        );

    // Raw, so that a header can be sent twice.
    private static async Task<string> SendAsync(TestGateway gateway, params (string Name, string Value)[] headers)
    {
        var lines = string.Concat(headers.Select(h => $"{h.Name}: {h.Value}\r\n"));
        var exchange = await RawHttp.SendAsync(gateway.Url, $"GET /v1/read/x HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        if (exchange.Status == (int)HttpStatusCode.OK)
            return "";
        return (string)System.Text.Json.Nodes.JsonNode.Parse(exchange.Responses[0].Body)!["error"]!["code"]!;
    }
}
