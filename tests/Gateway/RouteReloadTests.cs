using System.Collections.Concurrent;
using System.Net;
using Gateway.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>
/// Routes that change under load. Two versions take turns, in which everything is another: what the routes demand, and
/// where they go, one by a cluster of the same name and one by a cluster that the other version does not have. Each request
/// is judged and forwarded by one of them.
/// <code>
///   version A   needs a:read   upstream A        key a holds a:read
///   version B   needs b:read   upstream B        key b holds b:read
/// </code>
/// </summary>
public sealed class RouteReloadTests
{
    private const int Changes = 24;
    private const int CallersPerKey = 3;

    [Fact]
    public async Task NoRequestIsLostOrMisjudged_WhileRoutesChange_AndABadFileChangesNothing()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var a = Upstream("a");
        await using var b = Upstream("b");
        var (_, keyA) = await store.IssueKeyAsync(k => k with { Permissions = ["a:read"] });
        var (_, keyB) = await store.IssueKeyAsync(k => k with { Permissions = ["b:read"] });
        // Half of all answers are refusals of one of two keys: their number is not what this is about.
        var settings = new Dictionary<string, string?> { ["Limits:RefusalsPerKey"] = "0" };
        await using var gateway = await TestGateway.StartAsync(store.Options, Routes("a", a), settings);
        var routes = gateway.Services.GetRequiredService<RoutesFile>();
        var load = new Load(gateway);
        var callers = load.Start([("a", keyA), ("b", keyB)]);

        for (var change = 0; change < Changes; change++)
        {
            var version = change % 2 == 0 ? "b" : "a";
            load.Begins(version);
            await TakeUpAsync(gateway, routes, Routes(version, version == "a" ? a : b));
            await Eventually.TrueAsync(async () =>
                await load.AskAsync("/v1/y", version == "a" ? keyA : keyB) == "200 " + version
            );
            load.Holds(version);
            await TakeUpAsync(gateway, routes, """{"ReverseProxy": {"Routes": {"x": {}}}}""");
            await load.SeesAsync(CallersPerKey * 4);
        }
        await load.StopAsync(callers);

        Assert.Empty(load.Wrong);
        Assert.True(routes.Reloads >= Changes, $"{routes.Reloads} reloads");
        Assert.True(routes.ReloadFailures >= Changes, $"{routes.ReloadFailures} refused");
        Assert.Contains("the last good one stays", gateway.Log.Text, StringComparison.Ordinal);
        Assert.Contains(
            $"gateway_routes_reload_failures_total {routes.ReloadFailures}",
            (await gateway.OpsAsync("/metrics")).Text,
            StringComparison.Ordinal
        );
    }

    private static async Task TakeUpAsync(TestGateway gateway, RoutesFile routes, string text)
    {
        await File.WriteAllTextAsync(gateway.RoutesFile, text);
        // As the clock would have it, only sooner.
        await routes.LookAsync();
        await routes.LookAsync();
    }

    private static RecordingUpstream Upstream(string name) =>
        new() { Answer = (_, client) => RecordingUpstream.WriteAsync(client, RecordingUpstream.Ok(name)) };

    private static string Routes(string version, RecordingUpstream upstream) =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "x": { "ClusterId": "up", "Match": { "Path": "/v1/x" },
                         "Metadata": { "Permissions": "{{version}}:read" } },
                  "y": { "Match": { "Path": "/v1/y" },
                         "Metadata": { "Permissions": "{{version}}:read", "Cluster.sandbox": "up-{{version}}" } }
                },
                "Clusters": {
                  "up": { "Destinations": { "one": { "Address": "{{upstream.Address}}" } } },
                  "up-{{version}}": { "Destinations": { "one": { "Address": "{{upstream.Address}}" } } }
                }
              }
            }
            """;

    private sealed class Load(TestGateway gateway)
    {
        private readonly CancellationTokenSource _stop = new();
        private volatile InForce _inForce = new("a", IsSettled: true);
        private int _seen;

        public ConcurrentBag<string> Wrong { get; } = [];

        public void Begins(string version) => _inForce = new(version, IsSettled: false);

        public void Holds(string version) => _inForce = new(version, IsSettled: true);

        public List<Task> Start((string Name, string Secret)[] keys) =>
            [
                .. from key in keys
                from _ in Enumerable.Range(0, CallersPerKey)
                select Task.Run(() => CallAsync(key.Name, key.Secret)),
            ];

        public async Task StopAsync(List<Task> callers)
        {
            await _stop.CancelAsync();
            await Task.WhenAll(callers);
            _stop.Dispose();
        }

        // So many more answers, each to a request sent after this was asked, or nearly all of them.
        public Task SeesAsync(int more)
        {
            var enough = Volatile.Read(ref _seen) + more;
            return Eventually.TrueAsync(() => Volatile.Read(ref _seen) >= enough);
        }

        public async Task<string> AskAsync(string path, string secret)
        {
            using var response = await gateway.GetAsync(path, secret);
            var said =
                response.StatusCode == HttpStatusCode.OK
                    ? await response.Content.ReadAsStringAsync()
                    : await ProblemCode.OfAsync(response);
            return $"{(int)response.StatusCode} {said}";
        }

        private async Task CallAsync(string name, string secret)
        {
            for (var call = 0; !_stop.IsCancellationRequested; call++)
            {
                var before = _inForce;
                var said = await AskAsync(call % 2 == 0 ? "/v1/x" : "/v1/y", secret);
                var settled = ReferenceEquals(before, _inForce) && before.IsSettled ? before.Version : null;
                Interlocked.Increment(ref _seen);
                var isAccepted = said == "200 " + name;
                var isRefused = said == "403 " + Denials.For(DenyReason.InsufficientPermissions).Code;
                if (
                    settled is null ? !isAccepted && !isRefused
                    : settled == name ? !isAccepted
                    : !isRefused
                )
                    Wrong.Add($"{name}, {settled ?? "changing"}: {said}");
            }
        }

        private sealed record InForce(string Version, bool IsSettled);
    }
}
