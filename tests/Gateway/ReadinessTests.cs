using System.Net;
using System.Text.Json.Nodes;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gateway.Tests;

/// <summary>What <c>/readyz</c> says in each state; outages and starts without a store have tests of their own.</summary>
public sealed class ReadinessTests : IAsyncLifetime
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
    public async Task Ready_HasNoReasons()
    {
        await using var gateway = await StartAsync();

        Assert.Equal((HttpStatusCode.OK, "ready", ""), await StateAsync(gateway));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await gateway.OpsAsync("/healthz"));
    }

    [Fact]
    public async Task Unready_UntilItListens_ThoughItCouldJudgeAlready()
    {
        await using var gateway = await StartAsync();
        using var lifetime = new Lifetime();
        var readiness = ActivatorUtilities.CreateInstance<Readiness>(gateway.Services, lifetime);

        Assert.Equal(
            ("unready", "The process is starting: it does not listen yet."),
            (readiness.Now().Status, Assert.Single(readiness.Now().Reasons))
        );

        await lifetime.StartedAsync();
        Assert.Equal("ready", readiness.Now().Status);
    }

    [Fact]
    public async Task RoutesThatWereRefused_AreAReason_UntilTheyAreMended()
    {
        await using var gateway = await StartAsync();
        var good = await File.ReadAllTextAsync(gateway.RoutesFile);

        await File.WriteAllTextAsync(
            gateway.RoutesFile,
            good.Replace("anonymous", "anonymus", StringComparison.Ordinal)
        );
        await BecomesAsync(gateway, "degraded", "The routes file was refused, the last good one is in force");
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/public/x")).Status);

        await File.WriteAllTextAsync(gateway.RoutesFile, good);
        await BecomesAsync(gateway, "ready", "");
    }

    [Fact]
    public async Task OtherSettings_OfTheAdminApiOrAnotherGateway_AreAReason()
    {
        await using var gateway = await StartAsync();
        await using (var admin = await TestAdmin.StartAsync(new() { ["Roles:boss:0"] = "*" }, _store))
            await BecomesAsync(gateway, "degraded", "are not the same as those of admin-api.");
        await using (var admin = await TestAdmin.StartAsync(store: _store))
            await BecomesAsync(gateway, "ready", "");

        await using (
            var other = await TestGateway.StartAsync(
                _store.Options,
                TestRoutes.For(_upstream),
                new() { ["Gateway:InstanceId"] = "edge-2", ["Keys:DefaultPermissions:0"] = "read" }
            )
        )
        {
            await BecomesAsync(gateway, "degraded", "are not the same as those of edge-2.");
            await BecomesAsync(other, "degraded", "are not the same as those of");
            Assert.Equal(1, new PrometheusScrape((await gateway.OpsAsync("/metrics")).Text)["gateway_settings_others"]);
        }
        await BecomesAsync(gateway, "ready", "");
    }

    [Fact]
    public async Task GatewayThatStops_Drains_AndClosesItsRowAfterItsLastRequest()
    {
        await using var gateway = await StartAsync();
        var (_, secret) = await _store.IssueKeyAsync();
        var answer = new TaskCompletionSource();
        _upstream.Answer = async (_, client) =>
        {
            await answer.Task;
            await RecordingUpstream.WriteAsync(client, RecordingUpstream.Ok("late"));
        };
        var asked = gateway.GetAsync("/v1/read/x", secret);
        await Eventually.TrueAsync(() => _upstream.Requests.Count == 1);

        var stopped = gateway.StopAsync();
        await BecomesAsync(gateway, "unready", "drains");
        Assert.Equal(GatewayRow.Open, (await RowAsync()).State);
        answer.SetResult();

        using var response = await asked;
        Assert.Equal("late", await response.Content.ReadAsStringAsync());
        await stopped;
        Assert.Equal(GatewayRow.Closed, (await RowAsync()).State);
    }

    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));

    private async Task<GatewayRow> RowAsync() =>
        Assert.Single(await _store.Database.ReadAsync(s => s.ListGatewaysAsync()));

    private static async Task<(HttpStatusCode Status, string State, string Reasons)> StateAsync(TestGateway gateway)
    {
        var (status, text) = await gateway.OpsAsync("/readyz");
        var body = JsonNode.Parse(text)!;
        return (status, (string)body["status"]!, string.Join('\n', body["reasons"]!.AsArray().Select(r => (string)r!)));
    }

    private static Task BecomesAsync(TestGateway gateway, string state, string reason) =>
        Eventually.TrueAsync(async () =>
        {
            var now = await StateAsync(gateway);
            Assert.Equal(now.State == "unready", now.Status == HttpStatusCode.ServiceUnavailable);
            return now.State == state
                && (reason.Length == 0 ? now.Reasons == "" : now.Reasons.Contains(reason, StringComparison.Ordinal));
        });

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _started = new();

        public CancellationToken ApplicationStarted => _started.Token;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public Task StartedAsync() => _started.CancelAsync();

        public void StopApplication() => throw new NotSupportedException();

        public void Dispose() => _started.Dispose();
    }
}
