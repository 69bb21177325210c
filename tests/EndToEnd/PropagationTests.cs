using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>The receipt of a change, with real gateways: who is named, who is waited for and who is not.</summary>
public abstract class PropagationTests(string provider) : IAsyncLifetime
{
    private Deployment _fleet = null!;
    private string _keys = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _fleet = await Deployment.StartAsync(new() { Provider = provider, Gateways = 2 });
        _keys = $"/v1/accounts/{(await _fleet.OpenAccountAsync()).Account}/api-keys";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _fleet.DisposeAsync();
    }

    [Fact]
    public async Task Receipt_NamesEveryGateway_AndIsGivenAgainLater()
    {
        var (id, _) = await MakeAsync();
        var first = (await RevokeAsync(id)).Succeeded();
        _fleet.EveryoneKnows(first);
        var receipt = first.Data["propagation"]!;
        Assert.All(receipt["gateways"]!.AsArray(), g => Assert.InRange((long)g!["appliedAfterMs"]!, 0, 60_000));
        await MakeAsync();

        var later = (await _fleet.Admin.GetAsync($"/v1/changes/{receipt["change"]}")).Succeeded();
        Assert.True(JsonNode.DeepEquals(receipt, later.Data["propagation"]), later.Text);
        Assert.Equal("key.revoked", (string)later.Data["change"]!["kind"]!);
        var again = (await RevokeAsync(id)).Succeeded();
        Assert.True(JsonNode.DeepEquals(first.Data, again.Data), again.Text);
        var fleet = (await _fleet.Admin.GetAsync("/v1/gateways")).Succeeded().Data["gateways"]!.AsArray();
        Assert.Equal(["open", "open"], fleet.Select(g => (string)g!["state"]!));
        Assert.All(fleet, g => Assert.True((bool)g!["settingsMatch"]!));
    }

    [Fact]
    public async Task RequestsThatStartAfterTheReceipt_AreRefused_HoweverManyAreOnTheirWay()
    {
        var (id, key) = await MakeAsync();
        var answers = new ConcurrentQueue<(long Started, string Answer)>();
        using var stop = new CancellationTokenSource();
        var bots = Enumerable.Range(0, 6).Select(i => CallOnAsync(_fleet.Gateways[i % 2])).ToList();
        await Eventually.TrueAsync(() => answers.Count > 20);

        _fleet.EveryoneKnows((await RevokeAsync(id)).Succeeded());
        var receipt = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => answers.Count(a => a.Started > receipt) > 20);
        await stop.CancelAsync();
        await Task.WhenAll(bots);

        Assert.Contains(answers, a => a.Answer == "200");
        Assert.All(answers.Where(a => a.Started > receipt), a => Assert.Equal("401 REVOKED_API_KEY", a.Answer));

        async Task CallOnAsync(TestGateway gateway)
        {
            while (!stop.IsCancellationRequested)
            {
                var started = Stopwatch.GetTimestamp();
                answers.Enqueue((started, await Deployment.CallAsync(gateway, key)));
            }
        }
    }

    [Fact]
    public async Task StoppedGateway_IsNotWaitedFor()
    {
        await _fleet.Gateways[1].StopAsync();
        var (id, key) = await MakeAsync(_fleet.Gateway);

        var propagation = (await RevokeAsync(id)).Succeeded().Data["propagation"]!;

        Assert.True((bool)propagation["complete"]!);
        Assert.Equal("edge-1", (string)Assert.Single(propagation["gateways"]!.AsArray())!["id"]!);
        Assert.Empty(propagation["pending"]!.AsArray());
        Assert.Equal("401 REVOKED_API_KEY", await Deployment.CallAsync(_fleet.Gateway, key));
    }

    [Fact]
    public async Task SilentGateway_LeavesTheReceiptIncomplete_UntilItCannotJudgeByTheOldRecord()
    {
        var (id, key) = await MakeAsync();
        var silent = Sample.Gateway() with
        {
            InstanceId = "edge-silent",
            Lease = TimeSpan.FromSeconds(5),
            MaxStaleness = TimeSpan.FromSeconds(25),
        };
        var span = (silent.Lease + silent.MaxStaleness) * 1.01;
        await _fleet.Store.Database.WriteAsync(s => s.InsertGatewayAsync(silent));

        var asked = _fleet.Admin.Clock.GetUtcNow();
        var answer = await RevokeAsync(id, "?wait=0");
        var receipt = answer.Succeeded().Data["propagation"]!;
        var answered = _fleet.Admin.Clock.GetUtcNow();
        Assert.True(answered - asked < Deployment.Patience, "It waited although it was told not to.");
        Assert.False((bool)receipt["complete"]!);
        var pending = receipt["pending"]!.AsArray().Single(g => (string)g!["id"]! == "edge-silent")!;
        var guaranteedBy = (DateTimeOffset)pending["guaranteedBy"]!;
        Assert.InRange(guaranteedBy, asked + span, answered + span + TimeSpan.FromMilliseconds(2));

        // Whoever is there has applied it long before; the silent one is given up when its time is over, not sooner.
        await Eventually.TrueAsync(async () => (await PendingAsync(receipt)).SequenceEqual(["edge-silent"]));
        Assert.Equal("401 REVOKED_API_KEY", await _fleet.CallAsync(key));
        _fleet.Admin.Clock.Advance(span / 2);
        Assert.Equal(["edge-silent"], await PendingAsync(receipt));
        _fleet.Admin.Clock.Advance(span / 2);
        var complete = await _fleet.Admin.GetAsync($"/v1/changes/{receipt["change"]}?wait=30");
        Assert.True((bool)complete.Succeeded().Data["propagation"]!["complete"]!, complete.Text);
        _fleet.EveryoneKnows((await RevokeAsync(id)).Succeeded());
    }

    private async Task<IEnumerable<string>> PendingAsync(JsonNode receipt)
    {
        var answer = (await _fleet.Admin.GetAsync($"/v1/changes/{receipt["change"]}")).Succeeded();
        return answer.Data["propagation"]!["pending"]!.AsArray().Select(g => (string)g!["id"]!);
    }

    private async Task<(string Id, string Secret)> MakeAsync(TestGateway? at = null)
    {
        var account = _keys.Split('/')[3];
        var made = await _fleet.Admin.IssueKeyAsync(account, new { role = "api_developer" });
        var answer = at is null ? await _fleet.CallAsync(made.Secret) : await Deployment.CallAsync(at, made.Secret);
        Assert.Equal("200", answer);
        return made;
    }

    private Task<ApiAnswer> RevokeAsync(string id, string query = "") =>
        _fleet.Admin.DeleteAsync($"{_keys}/{id}{query}", new { confirmation = SdpPage.Name });
}

/// <summary>On SQLite.</summary>
public sealed class PropagationOnSqliteTests() : PropagationTests("sqlite");

/// <summary>On Postgres.</summary>
public sealed class PropagationOnPostgresTests() : PropagationTests("postgres");
