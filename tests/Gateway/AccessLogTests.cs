using System.Net;

namespace Gateway.Tests;

/// <summary>The access log: none unless asked for, one line for each request, nothing in it that may be a secret.</summary>
public sealed class AccessLogTests : IAsyncLifetime
{
    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task EachRequest_HasOneLine_WithWhatBecameOfIt()
    {
        await using var gateway = await StartAsync(on: true);
        var (key, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/v1/read/x?q=of-mine", secret)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await gateway.TryAsync("/v1/admin/x", secret)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.TryAsync("/nowhere", secret)).Status);

        var lines = Lines(gateway, 3);
        string[] expected =
        [
            $"127.0.0.1 GET /v1/read/x HTTP/1.1 200 , route read, key {key.Id}, request ",
            $"GET /v1/admin/x HTTP/1.1 403 INSUFFICIENT_PERMISSIONS, route admin, key {key.Id}",
            "GET /nowhere HTTP/1.1 404 NO_ROUTE, route",
        ];
        Assert.All(expected, e => Assert.Single(lines, l => l.Contains(e, StringComparison.Ordinal)));
        Assert.DoesNotContain("of-mine", gateway.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatMayBeASecret_IsWithheld()
    {
        await using var gateway = await StartAsync(on: true);
        var (_, secret) = await _store.IssueKeyAsync();
        string[] targets =
        [
            $"/public/{secret}",
            $"/public/{secret[..20]}",
            $"/public/%73{secret[1..]}",
            $"http://{secret}@x/",
        ];
        foreach (var target in targets)
            await RawHttp.SendAsync(gateway.Url, $"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await RawHttp.SendAsync(gateway.Url, $"{secret} /public/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        var lines = Lines(gateway, 5);
        Assert.Equal(4, lines.Count(l => l.Contains("GET (withheld) HTTP/1.1", StringComparison.Ordinal)));
        Assert.Single(lines, l => l.Contains("(withheld) /public/x HTTP/1.1 405 METHOD_NOT_ALLOWED"));
        Assert.DoesNotContain(secret[8..20], gateway.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongPaths_AreCutOff()
    {
        await using var gateway = await StartAsync(on: true);
        await gateway.TryAsync("/public/" + new string('x', 2_000));
        Assert.InRange(Lines(gateway, 1)[0].Length, 500, 1_000);
    }

    [Fact]
    public async Task UnlessAskedFor_ThereIsNone()
    {
        await using var gateway = await StartAsync(on: false);
        await gateway.TryAsync("/public/x");
        Lines(gateway, 0);
    }

    private Task<TestGateway> StartAsync(bool on) =>
        TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(_upstream),
            on ? new() { ["Gateway:AccessLog"] = "true" } : null
        );

    // A line is written once its request has been answered.
    private static List<string> Lines(TestGateway gateway, int count)
    {
        Assert.True(SpinWait.SpinUntil(() => All().Count >= count, TimeSpan.FromMinutes(1)));
        Assert.Equal(count, All().Count);
        return All();
        List<string> All() => [.. gateway.Log.Lines.Where(l => l.Contains("Gateway.AccessLog:"))];
    }
}
