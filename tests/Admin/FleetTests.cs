using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Operators see the fleet; a receipt is seen by whom its change concerns.</summary>
public sealed class FleetTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;

    public async ValueTask InitializeAsync() => _admin = await TestAdmin.StartAsync();

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Gateways_AreShown_WithLagLeaseAndWhetherTheirSettingsMatch()
    {
        var own = SettingsHash.Compute(new KeyOptions(), new Roles(new Dictionary<string, string[]>()));
        var current = Sample.Gateway() with { SettingsHash = own, MaxStaleness = TimeSpan.FromMilliseconds(1500) };
        var stopped = Sample.Gateway() with { InstanceId = "edge-2" };
        await _admin.Store.Database.WriteAsync(s => s.InsertGatewayAsync(current));
        await _admin.Store.Database.WriteAsync(s => s.InsertGatewayAsync(stopped));
        await _admin.Store.Database.WriteAsync(s => s.CloseGatewayAsync(stopped.Incarnation));
        var account = await _admin.AddAccountAsync();
        await _admin.PatchAsync($"/v1/accounts/{account.Id}?wait=0", new { name = "New" });

        var fleet = (await _admin.GetAsync("/v1/gateways")).Succeeded().Data;

        Assert.Equal(1, (long)fleet["head"]!);
        Assert.Equal(own, (string)fleet["settingsHash"]!);
        Assert.Null(fleet["nextCursor"]);
        var (open, closed) = (Find(fleet, current), Find(fleet, stopped));
        Assert.Equal(("edge-1", "0.1.0", "open"), (Text(open, "id"), Text(open, "version"), Text(open, "state")));
        Assert.Equal((0, 1), ((long)open["applied"]!, (long)open["lag"]!));
        Assert.Equal("1500ms", Text(open, "maxStaleness"));
        var row = (await _admin.Store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true))).Single();
        Assert.Equal(row.RenewedAt + row.Lease, (DateTimeOffset)open["leaseUntil"]!);
        Assert.Equal(row.RenewedAt, (DateTimeOffset)open["renewedAt"]!);
        Assert.Equal(row.StartedAt, (DateTimeOffset)open["startedAt"]!);
        Assert.True((bool)open["settingsMatch"]!);
        Assert.Equal(("closed", "60s"), (Text(closed, "state"), Text(closed, "maxStaleness")));
        Assert.Null(closed["leaseUntil"]);
        Assert.False((bool)closed["settingsMatch"]!);
    }

    [Fact]
    public async Task Receipt_IsGivenLater_AndWaitsWhenToldTo()
    {
        var gateway = Sample.Gateway();
        await _admin.Store.Database.WriteAsync(s => s.InsertGatewayAsync(gateway));
        var account = await _admin.AddAccountAsync();
        var written = await _admin.PatchAsync($"/v1/accounts/{account.Id}?wait=0", new { name = "New" });
        var change = (long)written.Succeeded().Data["propagation"]!["change"]!;
        Assert.False((bool)written.Data["propagation"]!["complete"]!);

        var open = (await _admin.GetAsync($"/v1/changes/{change}")).Succeeded().Data;
        Assert.False((bool)open["propagation"]!["complete"]!);
        Assert.Equal("edge-1", (string)open["propagation"]!["pending"]!.AsArray().Single()!["id"]!);
        Assert.Equal("account.updated", (string)open["change"]!["kind"]!);
        Assert.Equal(account.Id, (string)open["change"]!["accountId"]!);

        var waiting = _admin.GetAsync($"/v1/changes/{change}?wait=30");
        await _admin.Store.Database.WriteAsync(s => s.AcknowledgeAsync(gateway.Incarnation, [(change, 3)]));
        var complete = (await waiting).Succeeded().Data["propagation"]!;
        Assert.True((bool)complete["complete"]!);
        Assert.Equal(3, (int)complete["gateways"]!.AsArray().Single()!["streamsClosed"]!);
    }

    [Fact]
    public async Task OwnActors_SeeTheirOwnReceipts_AndNobodySeesTheFleetButOperators()
    {
        var account = await _admin.AddAccountAsync();
        var other = await _admin.AddAccountAsync();
        var (_, key) = await _admin.IssueAdminKeyAsync(account.Id);
        var own = await ChangeAsync(account);
        var theirs = await ChangeAsync(other);

        (await _admin.GetAsync($"/v1/changes/{own}", key)).Succeeded();
        (await _admin.GetAsync($"/v1/changes/{theirs}", key)).Refused(404, "CHANGE_NOT_FOUND");
        (await _admin.GetAsync($"/v1/changes/{theirs}")).Succeeded();
        (await _admin.GetAsync($"/v1/changes/{theirs + 1}")).Refused(404, "CHANGE_NOT_FOUND");
        (await _admin.GetAsync("/v1/changes/first")).Refused(404, "CHANGE_NOT_FOUND");
        (await _admin.GetAsync($"/v1/changes/{own}?wait=61")).Refused(400, "VALIDATION_FAILED");
        (await _admin.GetAsync("/v1/gateways", key)).Refused(403, "OPERATORS_ONLY");
    }

    [Theory]
    [InlineData("61")]
    [InlineData("-1")]
    [InlineData("-Infinity")]
    [InlineData("Infinity")]
    [InlineData("NaN")]
    [InlineData("1e9")]
    [InlineData("")]
    public async Task Wait_IsZeroToSixtySeconds(string wait)
    {
        var change = await ChangeAsync(await _admin.AddAccountAsync());
        (await _admin.GetAsync($"/v1/changes/{change}?wait={wait}"))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("wait OUT_OF_RANGE");
    }

    private async Task<long> ChangeAsync(Account account)
    {
        var answer = await _admin.PatchAsync($"/v1/accounts/{account.Id}", new { name = "New" });
        return (long)answer.Succeeded().Data["propagation"]!["change"]!;
    }

    private static JsonNode Find(JsonNode fleet, GatewayRow row) =>
        fleet["gateways"]!.AsArray().Single(g => (string)g!["incarnation"]! == row.Incarnation)!;

    private static string Text(JsonNode node, string name) => (string)node[name]!;
}
