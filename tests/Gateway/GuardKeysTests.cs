namespace Gateway.Tests;

/// <summary>A key in a URL or a cookie is refused, however it is written, so that it does not get into logs.</summary>
public sealed class GuardKeysTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private static readonly string Escaped = string.Concat(EdgeHost.Key.Select(c => $"%{(int)c:x2}"));

    private readonly EdgeHost _edge = fixture.Edge;

    [Theory]
    [InlineData("access_token=x")]
    [InlineData("a=1&access_token=x&b=2")]
    [InlineData("Access_Token")]
    [InlineData("api_key=x")]
    [InlineData("API_KEY=")]
    [InlineData("%61pi%5Fkey=x")]
    [InlineData("%61%63%63%65%73%73%5f%74%6f%6b%65%6e=x")]
    public async Task CredentialParameters_AreRefused(string query) => await RefusesAsync($"/a?{query}");

    [Fact]
    public async Task AKey_AnywhereInTheQuery_IsRefused()
    {
        await RefusesAsync($"/a?{EdgeHost.Key}");
        await RefusesAsync($"/a?q={EdgeHost.Key}&b=2");
        await RefusesAsync($"/a?q=Bearer%20{EdgeHost.Key}.");
        await RefusesAsync($"/a?q={Escaped}");
        await RefusesAsync($"/a?pad={new string('x', 2000)}&q={EdgeHost.Key[..^1]}%{(int)EdgeHost.Key[^1]:X2}");
    }

    [Fact]
    public async Task AKey_InACookie_IsRefused()
    {
        await RefusesAsync("/a", $"Cookie: a=b; key={EdgeHost.Key}\r\n");
        await RefusesAsync("/a", $"Cookie: a=b\r\nCookie: {Escaped}\r\n");
    }

    [Theory]
    [InlineData("/a?redirect=https%3A%2F%2Fx%2F%3Fapi_key%3Dy")]
    [InlineData("/a?my_api_key=x&access_tokens=y")]
    [InlineData("/a?q=access_token")]
    [InlineData("/a?sk_test_0123456789012345678901234567890123456789")]
    [InlineData("/access_token?%")]
    public async Task WhatOnlyLooksLikeIt_Passes(string target)
    {
        _edge.Upstream.Clear();
        Assert.Equal(
            200,
            (await _edge.GetAsync(target, "Cookie: session=sk_live_; theme=%7B%22a%22%3A1%7D\r\n")).Status
        );
        Assert.Equal(target, _edge.Upstream.Single.Target);
        Assert.Equal("session=sk_live_; theme=%7B%22a%22%3A1%7D", _edge.Upstream.Single.Value("Cookie"));
    }

    private async Task RefusesAsync(string target, string headers = "")
    {
        _edge.Upstream.Clear();
        var exchange = await _edge.GetAsync(target, headers);
        Assert.Equal(400, exchange.Status);
        Assert.DoesNotContain(EdgeHost.Key, exchange.Responses[0].Body, StringComparison.Ordinal);
        Assert.Empty(_edge.Upstream.Requests);
    }
}
