using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Operators look at the gateways, and at the receipts of changes.</summary>
public sealed class ConsoleFleetTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        _browser = new ConsoleBrowser(_admin);
        await _browser.SignInAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task NoGateway_IsSaid() =>
        (await _browser.GetAsync("/console/fleet")).Says(200, "No gateway is running");

    [Fact]
    public async Task Gateways_AreShown_WithWhatIsWrongWithThem()
    {
        var own = SettingsHash.Compute(new KeyOptions(), new Roles(new Dictionary<string, string[]>()));
        // Long enough for the clock to be moved past the lease of one of them.
        var good = Sample.Gateway() with
        {
            InstanceId = "edge-1",
            SettingsHash = own,
            Lease = TimeSpan.FromHours(2),
            MaxStaleness = TimeSpan.FromHours(9),
        };
        var odd = good with { Incarnation = "i2", InstanceId = "edge-2", SettingsHash = "00ff" };
        var silent = good with { Incarnation = "i3", InstanceId = "edge-3", Lease = TimeSpan.FromSeconds(5) };
        var stopped = good with { Incarnation = "i4", InstanceId = "edge-4" };
        foreach (var row in new[] { good, odd, silent, stopped })
            await _admin.Store.Database.WriteAsync(s => s.InsertGatewayAsync(row));
        await _admin.Store.Database.WriteAsync(s => s.CloseGatewayAsync("i4"));
        await _admin.Store.Database.WriteAsync(s =>
            s.RenewGatewayAsync("i2", 1, 0, odd.Lease, TimeSpan.FromMilliseconds(1500))
        );
        var account = await _admin.AddAccountAsync();
        await _admin.PatchAsync($"/v1/accounts/{account.Id}?wait=0", new { name = "New" });
        _admin.Clock.Advance(TimeSpan.FromHours(1));

        // The session is idle for too long by now.
        using var later = new ConsoleBrowser(_admin);
        await later.SignInAsync();
        var page = await later.GetAsync("/console/fleet");

        page.Says(
            200,
            "3 running, last change 1",
            "edge-2 runs with other settings",
            "00ff",
            "edge-3 has not renewed its lease",
            "Stopped or lost",
            "edge-4",
            "1500ms",
            good.Version
        );
        Assert.DoesNotContain("edge-1 runs with", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("edge-1 has not", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("edge-4 has not", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_AreListed_WithTheirReceipts_AndPaged()
    {
        await using var gateway = await TestGateway.StartAsync(
            _admin.Store.Options,
            TestRoutes.For("http://127.0.0.1:1"),
            new() { ["Gateway:InstanceId"] = "edge-1" }
        );
        var account = (await _admin.AddAccountAsync()).Id;
        var (key, _) = await _admin.IssueKeyAsync(account);
        (await _admin.PostAsync($"/v1/accounts/{account}/api-keys/{key}/disable")).Succeeded();

        var page = await _browser.GetAsync("/console/changes");
        page.Says(200, "Key changed", "Key made", key, account, "In force at 1 of 1 gateways in");
        var one = await _browser.GetAsync("/console/changes/2");
        one.Says(200, "Change 2", "Key changed", "In force at", "edge-1", "ms", key);

        for (var i = 0; i < 30; i++)
            await _admin.Store.Database.WriteAsync(s => s.AppendChangeAsync(ChangeKinds.AccountUpdated, account));
        var newest = await _browser.GetAsync("/console/changes");
        var next = Assert.Single(newest.Links, l => l.Contains("before=", StringComparison.Ordinal));
        Assert.DoesNotContain("Key made", newest.Text, StringComparison.Ordinal);
        (await _browser.GetAsync(next)).Says(200, "Key made");
    }

    [Fact]
    public async Task ChangeThatIsPending_SaysByWhomAndUntilWhen()
    {
        await _admin.Store.Database.WriteAsync(s =>
            s.InsertGatewayAsync(Sample.Gateway() with { InstanceId = "edge-9", Lease = TimeSpan.FromHours(1) })
        );
        var account = await _admin.AddAccountAsync();
        await _admin.PatchAsync($"/v1/accounts/{account.Id}?wait=0", new { name = "New" });

        (await _browser.GetAsync("/console/changes/1")).Says(200, "Not confirmed by", "edge-9", "at the latest");
        (await _browser.GetAsync("/console/changes")).Says(200, "In force at 0 of 1 gateways");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("99")]
    [InlineData("x")]
    [InlineData("99999999999999999999")]
    public async Task ChangeThatThereIsNot_Is404(string number) =>
        (await _browser.GetAsync("/console/changes/" + number)).Says(404, "No such change");

    [Theory]
    [InlineData("/console/fleet")]
    [InlineData("/console/changes")]
    [InlineData("/console/changes/1")]
    [InlineData("/console/routes")]
    [InlineData("/console/audit")]
    [InlineData("/console/audit/audit.csv")]
    [InlineData("/console/operators")]
    [InlineData("/console/operators/op_1/remove")]
    public async Task OperatorsPages_AreForOperators(string path)
    {
        var account = (await _admin.AddAccountAsync()).Id;
        foreach (var role in new[] { "owner", "viewer" })
        {
            using var person = new ConsoleBrowser(_admin);
            await person.SignInAsync(account, role, role);
            (await person.GetAsync(path)).Says(403, "Only operators");
            var start = await person.OpenAsync("/console");
            Assert.DoesNotContain(path, start.Links);
        }
        using var nobody = new ConsoleBrowser(_admin);
        Assert.StartsWith("/console/sign-in", (await nobody.GetAsync(path)).Location, StringComparison.Ordinal);
    }
}
