using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Requests that need no key have a share of the memory, and those of a key never wait for them.</summary>
public sealed class KeylessRequestsTests
{
    [Fact]
    public async Task PastTheirShare_TheyAre503_AndAKeyIsServed_AndRoomComesBack()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        var release = HoldBack(upstream);
        // Room for one request and some headers.
        var keyless = new KeylessRequests(new LimitOptions()) { Most = 24 * 1024 };
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            configure: builder => builder.Services.AddSingleton(keyless)
        );
        var (_, secret) = await store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        var held = gateway.TryAsync("/public/held");
        await Eventually.TrueAsync(() => upstream.Requests.Count == 1);

        using var refused = await gateway.GetAsync("/public/x");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("OVERLOADED", await ProblemCode.OfAsync(refused));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/v1/read/x", secret)).Status);
        Assert.Equal(1, keyless.Refused);

        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await held).Status);
        await Eventually.TrueAsync(() => keyless.Bytes == 0);
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/public/x")).Status);
    }

    [Fact]
    public async Task PastWhatAnAddressMayHave_ItsNextIs503_AndOthersAreServed_AndRoomComesBack()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        var release = HoldBack(upstream);
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            new() { ["Limits:KeylessPerAddress"] = "2", ["Gateway:TrustedProxies:0"] = "127.0.0.1" }
        );
        var (_, secret) = await store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        var held = new[] { FromAsync("2001:db8::1", "/public/held"), FromAsync("2001:db8::2", "/public/held") };
        await Eventually.TrueAsync(() => upstream.Requests.Count == 2);

        // A network hands out a whole /64.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await FromAsync("2001:db8::3", "/public/x"));
        Assert.Equal(HttpStatusCode.OK, await FromAsync("2001:db8:1::3", "/public/x"));
        Assert.Equal(HttpStatusCode.OK, await FromAsync("2001:db8::3", "/v1/read/x", secret));

        release.SetResult();
        Assert.All(await Task.WhenAll(held), status => Assert.Equal(HttpStatusCode.OK, status));
        await Eventually.TrueAsync(async () => await FromAsync("2001:db8::3", "/public/x") is HttpStatusCode.OK);

        async Task<HttpStatusCode> FromAsync(string address, string path, string? key = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("X-Forwarded-For", address);
            if (key is not null)
                request.Headers.Authorization = new("Bearer", key);
            using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public void RequestWeighs_WhatItsHeadersTake()
    {
        var context = new DefaultHttpContext();
        var bare = KeylessRequests.WeightOf(context.Request);
        context.Request.Headers["X-A"] = new string('a', 1_000);
        Assert.Equal(bare + (4 * 1_003), KeylessRequests.WeightOf(context.Request));
    }

    // What begins with /public/held is answered once this is set.
    private static TaskCompletionSource HoldBack(RecordingUpstream upstream)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var plain = upstream.Answer;
        upstream.Answer = async (request, client) =>
        {
            if (request.Target.StartsWith("/public/held", StringComparison.Ordinal))
                await release.Task;
            await plain(request, client);
        };
        return release;
    }
}
