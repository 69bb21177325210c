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
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        var plain = upstream.Answer;
        upstream.Answer = async (request, client) =>
        {
            if (request.Target.StartsWith("/public/held", StringComparison.Ordinal))
                await release.Task;
            await plain(request, client);
        };
        // Room for one request and some headers.
        var keyless = new KeylessRequests { Most = 24 * 1024 };
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
    public void RequestWeighs_WhatItsHeadersTake()
    {
        var context = new DefaultHttpContext();
        var bare = KeylessRequests.WeightOf(context.Request);
        context.Request.Headers["X-A"] = new string('a', 1_000);
        Assert.Equal(bare + (4 * 1_003), KeylessRequests.WeightOf(context.Request));
    }
}
