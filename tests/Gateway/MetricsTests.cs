using System.Net;
using System.Text;

namespace Gateway.Tests;

/// <summary><c>/metrics</c> of both processes: well-formed, named, and without anything that names a key.</summary>
public sealed class MetricsTests : IAsyncLifetime
{
    private static readonly string[] Ours =
    [
        "gateway_decisions_total counter",
        "gateway_decision_time_seconds histogram",
        "gateway_forwarding_failures_total counter",
        "gateway_readiness gauge",
        "gateway_cache_hits_total counter",
        "gateway_cache_misses_total counter",
        "gateway_cache_keys gauge",
        "gateway_cache_unknown gauge",
        "gateway_hashes_keys gauge",
        "gateway_hashes_bytes gauge",
        "gateway_hashes_complete gauge",
        "gateway_hashes_answers_total counter",
        "gateway_store_lookups_total counter",
        "gateway_store_lookups_running gauge",
        "gateway_store_failures_total counter",
        "gateway_changes_applied gauge",
        "gateway_changes_lag gauge",
        "gateway_connections_refused_total counter",
        "gateway_http2_held_total counter",
        "gateway_http2_closed_total counter",
        "gateway_keyless_bytes gauge",
        "gateway_incarnations_total counter",
        "gateway_lease_left_seconds gauge",
        "gateway_lease_length_seconds gauge",
        "gateway_streams_open gauge",
        "gateway_streams_closed_total counter",
        "gateway_settings_others gauge",
        "gateway_limits_lines gauge",
        "gateway_limits_shared gauge",
        "gateway_limits_gateways gauge",
        "gateway_limits_fallbacks_total counter",
        "gateway_redis_failures_total counter",
        "gateway_refusals_limited_total counter",
        "gateway_lastused_pending gauge",
        "gateway_lastused_flush_rows gauge",
        "gateway_lastused_dropped_total counter",
        "gateway_routes_reloads_total counter",
        "gateway_proxy_protocol_refused_total counter",
        "gateway_routes_reload_failures_total counter",
        "gateway_routes_refused gauge",
    ];

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Decisions_AreCounted_ByOutcomeReasonAndRoute_AndTimed()
    {
        await using var gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));
        var (_, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        // Else the change that made the key may evict what the first request put there.
        await _store.AcknowledgedAsync(1);
        for (var i = 0; i < 3; i++)
            await gateway.TryAsync("/v1/read/x", secret);
        await gateway.TryAsync("/v1/admin/x", secret);
        await gateway.TryAsync("/v1/read/x");
        await gateway.TryAsync("/nowhere");
        await gateway.TryAsync("/v1/read/x?api_key=1", secret);

        var scrape = await ScrapeAsync(gateway);

        Assert.Equal(3, scrape["""gateway_decisions_total{outcome="allowed",reason="",route="read"}"""]);
        Assert.Equal(
            1,
            scrape["""gateway_decisions_total{outcome="denied",reason="INSUFFICIENT_PERMISSIONS",route="admin"}"""]
        );
        Assert.Equal(1, scrape["""gateway_decisions_total{outcome="denied",reason="UNAUTHORIZED",route="read"}"""]);
        Assert.Equal(1, scrape["""gateway_decisions_total{outcome="denied",reason="NO_ROUTE",route=""}"""]);
        Assert.Equal(1, scrape["""gateway_decisions_total{outcome="denied",reason="BAD_REQUEST",route=""}"""]);
        Assert.Equal(5, scrape["gateway_decision_time_seconds_count"]);
        Assert.Equal(
            (1, 1, 3),
            (scrape["gateway_cache_keys"], scrape["gateway_cache_misses_total"], scrape["gateway_cache_hits_total"])
        );
        Assert.InRange(scrape["gateway_lease_left_seconds"], 0.1, 5);
        Assert.Equal(1, scrape["gateway_changes_applied"]);
    }

    [Fact]
    public async Task Everything_IsThere_AndNothingThatNamesAKey()
    {
        await using var gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));
        var (key, secret) = await _store.IssueKeyAsync();
        var (revoked, dead) = await _store.IssueKeyAsync(k => k with { RevokedAt = k.CreatedAt });
        await gateway.TryAsync("/v1/read/of-mine?q=1", secret);
        await gateway.TryAsync("/v1/read/of-mine", dead);

        var text = (await gateway.OpsAsync("/metrics")).Text;
        var families = new PrometheusScrape(text).Families;

        foreach (var word in new[] { key.Id, revoked.Id, key.AccountId, secret, key.KeyPrefix, "of-mine" })
            Assert.DoesNotContain(word, text, StringComparison.Ordinal);
        var named = families.Select(f => $"{f.Key} {f.Value}").ToList();
        Assert.Equal(Ours.Order(), named.Where(n => n.StartsWith("gateway_", StringComparison.Ordinal)).Order());
        // The framework's own, under its own names.
        Assert.All(
            families.Keys.Where(f => !f.StartsWith("gateway_", StringComparison.Ordinal)),
            f => Assert.Matches("^(http|kestrel|dotnet)_", f)
        );
        Assert.Contains("kestrel_active_connections", families.Keys);
        Assert.Contains("dotnet_gc_collections_total", families.Keys);
    }

    [Fact]
    public async Task FrameworkMetersOfRequests_AreThere_WhenAskedFor()
    {
        string[] names = ["http_server_request_duration_seconds", "http_client_request_duration_seconds"];
        var settings = new Dictionary<string, string?> { ["Ops:RequestMeters"] = "true" };
        await using var with = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), settings);
        await using var without = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));
        await with.TryAsync("/public/x");
        await without.TryAsync("/public/x");

        Assert.Superset(names.ToHashSet(), (await ScrapeAsync(with)).Families.Keys.ToHashSet());
        Assert.Empty((await ScrapeAsync(without)).Families.Keys.Intersect(names));
    }

    [Fact]
    public async Task Labels_AreEscaped()
    {
        const string odd = """say \"hi\" \\ bye""";
        var route =
            $$""", "{{odd}}": { "ClusterId": "up", "Match": { "Path": "/odd" }, "Metadata": { "Access": "anonymous" } }""";
        await using var gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream, route));
        Assert.Equal((HttpStatusCode.OK, ""), await gateway.TryAsync("/odd"));

        var scrape = await ScrapeAsync(gateway);

        Assert.Equal(1, scrape[$$"""gateway_decisions_total{outcome="allowed",reason="",route="{{odd}}"}"""]);
    }

    [Fact]
    public async Task TwoGatewaysInOneProcess_CountApart()
    {
        await using var one = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));
        await using var two = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));
        await one.TryAsync("/public/x");
        await two.TryAsync("/public/x");
        await two.TryAsync("/public/x");

        const string sample = """gateway_decisions_total{outcome="allowed",reason="",route="public"}""";
        Assert.Equal((1, 2), ((await ScrapeAsync(one))[sample], (await ScrapeAsync(two))[sample]));
    }

    [Fact]
    public async Task OpsPages_AreNotOnThePublicPort()
    {
        await using var gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));

        foreach (var path in new[] { "/metrics", "/healthz", "/readyz" })
        {
            Assert.Equal((HttpStatusCode.NotFound, "NO_ROUTE"), await gateway.TryAsync(path));
            Assert.Equal(HttpStatusCode.OK, (await gateway.OpsAsync(path)).Status);
        }
    }

    [Fact]
    public async Task AdminApi_TellsHowLongReceiptsTake_AndHowManyWereIncomplete()
    {
        await using var gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));
        await using var admin = await TestAdmin.StartAsync(store: _store);
        var account = await admin.AddAccountAsync();
        var (id, secret) = await admin.IssueKeyAsync(account.Id);
        var row = Sample.Gateway();
        await _store.Database.WriteAsync(s => Keys.Storage.FleetStore.InsertGatewayAsync(s, row));
        (await admin.PostAsync($"/v1/accounts/{account.Id}/api-keys/{id}/disable?wait=0")).Succeeded();

        using var response = await admin.Client.GetAsync("/metrics");
        var text = await response.Content.ReadAsStringAsync();
        var scrape = new PrometheusScrape(text);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            (1, 1),
            (scrape["gateway_receipt_time_seconds_count"], scrape["gateway_receipts_incomplete_total"])
        );
        Assert.InRange(scrape["gateway_receipt_time_seconds_sum"], 1e-9, 60);
        Assert.Contains("http_server_request_duration_seconds", scrape.Families.Keys);
        foreach (var word in new[] { id, account.Id, secret, TestAdmin.OperatorToken })
            Assert.DoesNotContain(word, text, StringComparison.Ordinal);
    }

    private static async Task<PrometheusScrape> ScrapeAsync(TestGateway gateway)
    {
        using var response = await gateway.Client.GetAsync(new Uri(new Uri(gateway.OpsUrl), "/metrics"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        return new PrometheusScrape(Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync()));
    }
}
