using System.Net;
using System.Text.Json.Nodes;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Check 10 through real HTTP: what is admitted, what is told, and that no other check gives way to it.</summary>
public sealed class RateLimitTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Limited = (HttpStatusCode.TooManyRequests, "RATE_LIMITED");

    private readonly RecordingUpstream _upstream = new();
    private readonly TestClock _clock = new();
    private TestStore _store = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), clock: _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Limit_IsKeptToTheRequest_AndTheUpstreamHearsOfNoMore()
    {
        var (_, secret) = await IssueAsync(5, 3_600);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _gateway.TryAsync(Path, secret)));

        Assert.Equal(5, answers.Count(a => a == Ok));
        Assert.Equal(15, answers.Count(a => a == Limited));
        Assert.Equal(5, _upstream.Requests.Count);
    }

    [Fact]
    public async Task RefusedRequest_IsToldWhenToComeBack_AndIsAdmittedThen()
    {
        var (_, secret) = await IssueAsync(2, 600);
        await _gateway.TryAsync(Path, secret);
        await _gateway.TryAsync(Path, secret);

        using var refused = await _gateway.GetAsync(Path, secret);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        var body = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        Assert.Equal("RATE_LIMITED", (string)body["error"]!["code"]!);
        Assert.Equal("no-store", refused.Headers.CacheControl!.ToString());
        Assert.Contains("details=\"RATE_LIMITED\"", refused.Headers.GetValues("Proxy-Status").Single());
        AssertPolicy(refused, 2, 600);
        var left = LimitOf(refused);
        Assert.Equal(("key", 0), (left.Value, left.Parameters["r"]));
        var wait = refused.Headers.RetryAfter!.Delta!.Value;
        Assert.Equal(left.Parameters["t"], wait.TotalSeconds);
        Assert.InRange(wait.TotalSeconds, 500, 602);

        _clock.Advance(wait);
        Assert.Equal(Ok, await _gateway.TryAsync(Path, secret));
    }

    [Fact]
    public async Task AcceptedAnswer_TellsWhatIsLeft()
    {
        var (_, secret) = await IssueAsync(3, 600);

        foreach (var remaining in new[] { 2, 1, 0 })
        {
            using var answer = await _gateway.GetAsync(Path, secret);

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            AssertPolicy(answer, 3, 600);
            var left = LimitOf(answer);
            Assert.Equal(("key", remaining), (left.Value, left.Parameters["r"]));
            Assert.InRange(left.Parameters["t"], 1, 602);
            Assert.Null(answer.Headers.RetryAfter);
        }
    }

    [Fact]
    public async Task KeyWithoutALimit_IsToldNothing_AndTheUpstreamsFieldsPass()
    {
        var (_, secret) = await _store.IssueKeyAsync();
        Answer("RateLimit: \"daily\";r=5;t=60\r\n");

        using var answer = await _gateway.GetAsync(Path, secret);

        Assert.Equal(["\"daily\";r=5;t=60"], answer.Headers.GetValues("RateLimit"));
        Assert.False(answer.Headers.Contains("RateLimit-Policy"));
    }

    [Fact]
    public async Task UpstreamsOwnLimit_StaysBesideOurs_UnlessItWouldMakeTheFieldUnreadable()
    {
        var (_, secret) = await IssueAsync(10, 600);
        Answer("RateLimit-Policy: \"daily\";q=9;w=86400\r\nRateLimit: \"daily\";r=5;t=60\r\n");
        using (var answer = await _gateway.GetAsync(Path, secret))
        {
            Assert.Equal(["key", "daily"], Fields(answer, "RateLimit").Select(m => m.Value));
            Assert.Equal(["key", "daily"], Fields(answer, "RateLimit-Policy").Select(m => m.Value));
        }

        Answer("RateLimit-Policy: 9;w=86400\r\nRateLimit: limit=9, remaining=5, reset=60\r\n");
        using (var answer = await _gateway.GetAsync(Path, secret))
        {
            Assert.Equal(["key"], Fields(answer, "RateLimit").Select(m => m.Value));
            Assert.Equal(["key"], Fields(answer, "RateLimit-Policy").Select(m => m.Value));
        }
    }

    [Fact]
    public async Task RotatedKey_SharesTheLimitWithItsSuccessor()
    {
        var (old, secret) = await IssueAsync(4, 600);
        Assert.Equal(Ok, await _gateway.TryAsync(Path, secret));
        var (_, successor) = await _store.IssueKeyAsync(k =>
            k with
            {
                AccountId = old.AccountId,
                LineId = old.LineId,
                RotatedFrom = old.Id,
                RateLimit = old.RateLimit,
            }
        );

        foreach (var one in new[] { successor, secret, successor })
            Assert.Equal(Ok, await _gateway.TryAsync(Path, one));
        foreach (var one in new[] { successor, secret })
            Assert.Equal(Limited, await _gateway.TryAsync(Path, one));
    }

    [Fact]
    public async Task RecordThatIsReadAgain_GivesNoMore_AndAChangedLimitIsInForceAtOnce()
    {
        var (key, secret) = await IssueAsync(2, 600);
        await _gateway.TryAsync(Path, secret);
        await _gateway.TryAsync(Path, secret);

        key = await _store.ChangeKeyAsync(key, k => k with { Name = "Another name" });
        Assert.Equal(Limited, await _gateway.TryAsync(Path, secret));

        key = await _store.ChangeKeyAsync(key, k => k with { RateLimit = new RateLimit(3, 600) });
        Assert.Equal(Ok, await _gateway.TryAsync(Path, secret));
        Assert.Equal(Limited, await _gateway.TryAsync(Path, secret));

        await _store.ChangeKeyAsync(key, k => k with { RateLimit = null });
        Assert.Equal(Ok, await _gateway.TryAsync(Path, secret));
    }

    [Fact]
    public async Task WhatAnotherCheckRefuses_CostsNothingOfTheLimit_AndComesFirst()
    {
        var (key, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                Permissions = ["read"],
                RateLimit = new RateLimit(1, 600),
            }
        );
        var forbidden = (HttpStatusCode.Forbidden, "INSUFFICIENT_PERMISSIONS");
        for (var i = 0; i < 3; i++)
            Assert.Equal(forbidden, await _gateway.TryAsync("/v1/admin/x", secret));

        Assert.Equal(Ok, await _gateway.TryAsync(Path, secret));
        Assert.Equal(Limited, await _gateway.TryAsync(Path, secret));
        Assert.Equal(forbidden, await _gateway.TryAsync("/v1/admin/x", secret));
        await _store.ChangeKeyAsync(key, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);
        Assert.Equal((HttpStatusCode.Unauthorized, "REVOKED_API_KEY"), await _gateway.TryAsync(Path, secret));
    }

    [Fact]
    public async Task WhatIsSentAsOurHeader_TellsNothingOfAnotherKey()
    {
        var (limited, secret) = await IssueAsync(5, 600);
        await _gateway.TryAsync(Path, secret);
        var (_, other) = await _store.IssueKeyAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Add("Authorization", "Bearer " + other);
        request.Headers.Add("X-Gateway-Key-Id", limited.Id);

        using var answer = await _gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("RateLimit"));
    }

    [Fact]
    public async Task LimitsAreCounted_ByReasonAndLine()
    {
        var (_, secret) = await IssueAsync(1, 600);
        await _gateway.TryAsync(Path, secret);
        await _gateway.TryAsync(Path, secret);

        var scrape = new PrometheusScrape((await _gateway.OpsAsync("/metrics")).Text);

        Assert.Equal(1, scrape["""gateway_decisions_total{outcome="denied",reason="RATE_LIMITED",route="read"}"""]);
        Assert.Equal((1, 0), (scrape["gateway_limits_lines"], scrape["gateway_limits_shared"]));
    }

    private Task<(KeyRecord Key, string Secret)> IssueAsync(int requests, int seconds) =>
        _store.IssueKeyAsync(k => k with { RateLimit = new RateLimit(requests, seconds) });

    private void Answer(string headers) =>
        _upstream.Answer = (_, client) => RecordingUpstream.WriteAsync(client, RecordingUpstream.Ok("ok", headers));

    private static void AssertPolicy(HttpResponseMessage answer, int requests, int seconds)
    {
        var policy = Assert.Single(Fields(answer, "RateLimit-Policy"));
        Assert.Equal("key", policy.Value);
        Assert.Equal((requests, seconds), (policy.Parameters["q"], policy.Parameters["w"]));
    }

    private static FieldMember LimitOf(HttpResponseMessage answer) => Assert.Single(Fields(answer, "RateLimit"));

    private static IReadOnlyList<FieldMember> Fields(HttpResponseMessage answer, string name) =>
        StructuredFields.ReadList(answer.Headers.GetValues(name));
}
