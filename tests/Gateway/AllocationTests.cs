using System.Net;
using Gateway.Keys;
using Gateway.Load;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What a request with a key that is held allocates of its own, on the context of a real server: nothing, until
/// YARP has it.</summary>
public sealed class AllocationTests : IAsyncLifetime
{
    private const int Requests = 1_000;
    private const int Rounds = 50;

    private static readonly RequestDelegate Passed = _ => Task.CompletedTask;

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream, HeaderRoute));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    private const string HeaderRoute = """
        ,
        "header": {
          "ClusterId": "up",
          "Match": { "Path": "/header/{**rest}" },
          "Metadata": { "Permissions": "wallets:read", "Wallet": "header:Wallet-Id" }
        }
        """;

    [Theory]
    [InlineData("public", "/public/x")]
    [InlineData("read", "/v1/read/x")]
    [InlineData("wallets", "/v1/wallets/w1/x")]
    [InlineData("header", "/header/x")]
    public async Task AcceptedRequest_AllocatesNothing_FromItsRouteToYarp(string route, string path)
    {
        await using var request = await HoldAsync(route, path);
        var gate = _gateway.Services.GetRequiredService<KeyGate>();
        var passed = 0;

        AssertNothing(() =>
        {
            request.Restore();
            passed += gate.InvokeAsync(request.Context, Passed).IsCompletedSuccessfully ? 1 : 0;
        });

        // Now and then the lease of a process that stands still is over, and a request waits for it.
        Assert.InRange(passed, Requests, Requests * Rounds);
        Assert.Equal((int)HttpStatusCode.OK, request.Context.Response.StatusCode);
    }

    [Fact]
    public async Task AcceptedRequest_OfAKeyWithALimit_AllocatesNothing_FromItsRouteToYarp()
    {
        await using var request = await HoldAsync("read", "/v1/read/x", new RateLimit(1_000_000, 86_400));
        var gate = _gateway.Services.GetRequiredService<KeyGate>();
        var passed = 0;

        AssertNothing(() =>
        {
            request.Restore();
            passed += gate.InvokeAsync(request.Context, Passed).IsCompletedSuccessfully ? 1 : 0;
        });

        Assert.InRange(passed, Requests, Requests * Rounds);
        Assert.Equal((int)HttpStatusCode.OK, request.Context.Response.StatusCode);
        Assert.Equal(1, _gateway.Services.GetRequiredService<LineLimits>().Count);
    }

    [Fact]
    public async Task Guard_AllocatesNothing()
    {
        await using var request = await HoldAsync("read", "/v1/read/x?from=2026-01-01");
        var guard = _gateway.Services.GetRequiredService<RequestGuard>();

        AssertNothing(() => Assert.Null(guard.Judge(request.Context).Refusal));
    }

    // Rounds of which one is enough: now and then a queue grows or something else is done that is not for one request. What
    // every request allocates is in every round.
    private static void AssertNothing(Action once)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Requests; i++)
                once();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    private async Task<HeldRequest> HoldAsync(string route, string path, RateLimit? limit = null)
    {
        var (_, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                Permissions = ["read", "wallets:*"],
                AllowedIps = ["127.0.0.0/8"],
                RateLimit = limit,
                WalletScope = route is "read" ? WalletScope.All : WalletScope.Selected,
                WalletBindings = route is "read" ? [] : [new WalletBinding("w1", ["wallets:read"])],
            }
        );
        // From here on it is held.
        using var client = new HttpRequestMessage(HttpMethod.Get, path);
        client.Headers.Add("Authorization", "Bearer " + secret);
        client.Headers.Add("Wallet-Id", "w1");
        using var response = await _gateway.Client.SendAsync(client, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = await HeldRequest.OpenAsync(
            path,
            new Dictionary<string, string>
            {
                ["Host"] = "localhost",
                ["User-Agent"] = "bot/1.0",
                ["Accept"] = "application/json",
                ["Connection"] = "keep-alive",
                ["Authorization"] = "Bearer " + secret,
                ["Wallet-Id"] = "w1",
                ["X-Custom"] = "whatever",
            }
        );
        RequestIds.Assign(request.Context);
        request.Context.SetEndpoint(EndpointOf(route));
        request.Context.Request.RouteValues["walletId"] = "w1";
        return request;
    }

    private Endpoint EndpointOf(string route) =>
        _gateway
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.Single(e => e.Metadata.GetMetadata<RoutePolicy>()?.RouteId == route);
}
