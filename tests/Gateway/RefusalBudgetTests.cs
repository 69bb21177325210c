using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Tests;

/// <summary>What refusals may cost: past a budget they tell nothing further, and a request that is allowed never notices.</summary>
public sealed class RefusalBudgetTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";
    private const string Forbidden = "/v1/admin/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Limited = (HttpStatusCode.TooManyRequests, "RATE_LIMITED");
    private static readonly (HttpStatusCode, string) Unknown = (HttpStatusCode.Unauthorized, "INVALID_API_KEY");
    private static readonly (HttpStatusCode, string) Insufficient = (
        HttpStatusCode.Forbidden,
        "INSUFFICIENT_PERMISSIONS"
    );

    private readonly RecordingUpstream _upstream = new();
    private readonly TestClock _clock = new();
    private TestStore _store = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _gateway = await StartAsync(
            new()
            {
                ["Limits:RefusalsPerKey"] = "3",
                ["Limits:RefusalsPerAddress"] = "4",
                ["Limits:RefusalWindowSeconds"] = "600",
                ["Gateway:TrustedProxies:0"] = "127.0.0.1",
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task KeyThatIsTriedOut_LearnsNothingFurther_AndKeepsWhatItMayDo()
    {
        var (_, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        var (_, other) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        for (var i = 0; i < 3; i++)
            Assert.Equal(Insufficient, await TryAsync(Forbidden, secret));

        // Whatever it would have been refused for.
        Assert.Equal(Limited, await TryAsync(Forbidden, secret));
        Assert.Equal(Limited, await TryAsync("/production/x", secret));
        Assert.Equal(Ok, await TryAsync(Path, secret));
        Assert.Equal(Insufficient, await TryAsync(Forbidden, other));
    }

    [Fact]
    public async Task SpentBudget_IsToldAsAPolicyOfItsOwn_AndRefills()
    {
        var (_, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        for (var i = 0; i < 3; i++)
            await TryAsync(Forbidden, secret);

        using var refused = await SendAsync(Forbidden, secret);

        var policy = Assert.Single(StructuredFields.ReadList(refused.Headers.GetValues("RateLimit-Policy")));
        var left = Assert.Single(StructuredFields.ReadList(refused.Headers.GetValues("RateLimit")));
        Assert.Equal(("key-refusals", 3, 600), (policy.Value, policy.Parameters["q"], policy.Parameters["w"]));
        Assert.Equal(("key-refusals", 0), (left.Value, left.Parameters["r"]));
        Assert.Equal(left.Parameters["t"], refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Empty(refused.Headers.WwwAuthenticate);
        _clock.Advance(refused.Headers.RetryAfter.Delta.Value);
        Assert.Equal(Insufficient, await TryAsync(Forbidden, secret));
    }

    [Fact]
    public async Task AddressThatGuesses_Gets429_AndAValidKeyFromItIsNeitherSlowedNorRefused()
    {
        var (_, secret) = await _store.IssueKeyAsync();
        for (var i = 0; i < 4; i++)
            Assert.Equal(Unknown, await TryAsync(Path, MadeUp(), "192.0.2.1"));

        for (var i = 0; i < 10; i++)
            Assert.Equal(Limited, await TryAsync(Path, MadeUp(), "192.0.2.1"));
        // Whoever has mistyped a key is to hear that: it cost nothing to find out.
        Assert.Equal(Unknown, await TryAsync(Path, "sk_test_nonsense", "192.0.2.1"));
        Assert.Equal(Ok, await TryAsync(Path, secret, "192.0.2.1"));
        Assert.Equal(Unknown, await TryAsync(Path, MadeUp(), "192.0.2.2"));
        var scrape = new PrometheusScrape((await _gateway.OpsAsync("/metrics")).Text);
        Assert.Equal(10, scrape["""gateway_refusals_limited_total{budget="address"}"""]);
    }

    [Fact]
    public async Task AddressesOfOneNetwork_ShareABudget_InIPv6()
    {
        foreach (
            var address in new[] { "2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:db8:1:2:a:b:c:d", "2001:db8:1:2::" }
        )
            Assert.Equal(Unknown, await TryAsync(Path, MadeUp(), address));

        Assert.Equal(Limited, await TryAsync(Path, MadeUp(), "2001:db8:1:2::5"));
        Assert.Equal(Unknown, await TryAsync(Path, MadeUp(), "2001:db8:1:3::1"));
    }

    [Fact]
    public async Task OtherRefusals_AreFree()
    {
        var (_, revoked) = await _store.IssueKeyAsync(k => k with { RevokedAt = k.CreatedAt });
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal((HttpStatusCode.Unauthorized, "REVOKED_API_KEY"), await TryAsync(Path, revoked));
            Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHORIZED"), await TryAsync(Path, null));
            Assert.Equal((HttpStatusCode.NotFound, "NO_ROUTE"), await TryAsync("/nowhere", revoked));
        }
        Assert.Equal(Unknown, await TryAsync(Path, MadeUp()));
    }

    [Fact]
    public async Task NoBudget_IsNoBound()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Limits:RefusalsPerKey"] = "0",
            ["Limits:RefusalsPerAddress"] = "0",
        };
        await using var gateway = await StartAsync(settings);
        var (_, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 1_500).Select(i => gateway.TryAsync(Forbidden, i % 2 == 0 ? secret : MadeUp()))
        );

        Assert.Equal(750, answers.Count(a => a == Insufficient));
        Assert.Equal(750, answers.Count(a => a == Unknown));
    }

    private Task<TestGateway> StartAsync(Dictionary<string, string?> settings) =>
        TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), settings, _clock);

    private async Task<(HttpStatusCode, string)> TryAsync(string path, string? key, string from = "198.51.100.7")
    {
        using var response = await SendAsync(path, key, from);
        return (response.StatusCode, await ProblemCode.OfAsync(response));
    }

    private Task<HttpResponseMessage> SendAsync(string path, string? key, string from = "198.51.100.7")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Forwarded-For", from);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return _gateway.Client.SendAsync(request);
    }

    private static string MadeUp() => TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
}
