using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Admin;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gateway.Tests;

/// <summary>A receipt is complete when no gateway judges by the old record any more, and honest while one may.</summary>
public abstract class ReceiptContract(string provider) : IAsyncLifetime
{
    private static readonly object Confirmation = new { confirmation = "CI deploy key" };

    // Lease and staleness of the sample gateways, and one per cent.
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(65) * 1.01;

    private TestAdmin _admin = null!;
    private string _key = "";
    private long _renewals;

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(new() { ["Changes:ReceiptTimeout"] = "00:00:30" }, provider: provider);
        var account = await _admin.AddAccountAsync();
        var (id, _) = await _admin.IssueKeyAsync(account.Id);
        _key = $"/v1/accounts/{account.Id}/api-keys/{id}";
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task Receipt_IsComplete_OnceEveryGatewayHasAcknowledged()
    {
        var (a, b) = (await AddGatewayAsync("edge-a"), await AddGatewayAsync("edge-b"));
        var revoke = _admin.DeleteAsync(_key + "?wait=20", Confirmation);
        var change = await HeadAsync(1);
        await AcknowledgeAsync(a, change, 3);
        await Task.Delay(50);
        Assert.False(revoke.IsCompleted);
        await AcknowledgeAsync(b, change, 0);

        var receipt = Receipt(await revoke);
        Assert.True((bool)receipt["complete"]!);
        Assert.Equal(change, (long)receipt["change"]!);
        Assert.Empty(receipt["pending"]!.AsArray());
        var gateways = receipt["gateways"]!.AsArray().OrderBy(g => (string)g!["id"]!).ToList();
        Assert.Equal(["edge-a", "edge-b"], gateways.Select(g => (string)g!["id"]!));
        Assert.Equal([3, 0], gateways.Select(g => (int)g!["streamsClosed"]!));
        Assert.All(gateways, g => Assert.InRange((long)g!["appliedAfterMs"]!, 0, 20_000));
    }

    [Fact]
    public async Task Receipt_SaysWhoIsPending_AndByWhenItCannotMatter()
    {
        await AddGatewayAsync("edge-a");
        var before = _admin.Clock.GetUtcNow();
        var receipt = Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation));
        Assert.False((bool)receipt["complete"]!);
        var pending = Assert.Single(receipt["pending"]!.AsArray())!;
        Assert.Equal("edge-a", (string)pending["id"]!);
        var guaranteed = DateTimeOffset.Parse((string)pending["guaranteedBy"]!);
        // It is told to the millisecond, and a promise is rounded up.
        var latest = _admin.Clock.GetUtcNow() + Span + TimeSpan.FromMilliseconds(1);
        Assert.InRange(guaranteed, before + Span, latest);
    }

    [Fact]
    public async Task ManyReceiptsAtOnce_EachSayWhatIsSoOfItsOwnChange()
    {
        var gateway = await AddGatewayAsync("edge-a");
        var account = _key.Split('/')[3];
        var changes = await _admin.Store.Database.WriteAsync(async s =>
        {
            var made = new List<long>();
            for (var i = 0; i < 520; i++)
                made.Add(await s.AppendChangeAsync(ChangeKinds.AccountUpdated, account));
            return made;
        });
        await _admin.Store.Database.WriteAsync(s =>
            s.ExecuteAsync(
                """
                insert into acknowledgements (change_number, incarnation, applied_after_ms, streams_closed)
                select number, @gateway, 1, number from changes where number % 2 = 0
                """,
                new { gateway }
            )
        );
        var watch = _admin.Services.GetRequiredService<FleetWatch>();

        // Two ask for each; whoever can be told that all is done is told at once.
        var receipts = await Task.WhenAll(
            changes
                .Concat(changes)
                .Select(c => watch.WaitAsync(c, c % 2 == 0 ? TimeSpan.FromSeconds(30) : TimeSpan.Zero))
        );

        Assert.Equal(changes.Concat(changes), receipts.Select(r => r.Change));
        Assert.All(receipts, r => Assert.Equal(r.Change % 2 == 0, r.Complete));
        Assert.All(
            receipts.Where(r => r.Complete),
            r => Assert.Equal(r.Change, Assert.Single(r.Gateways).StreamsClosed)
        );
    }

    [Fact]
    public async Task Wait_IsAsLongAsTheCallerSays_NotAsTheSetting()
    {
        await AddGatewayAsync("edge-a");
        var started = Stopwatch.GetTimestamp();
        Assert.False((bool)Receipt(await _admin.DeleteAsync(_key + "?wait=0.5", Confirmation))["complete"]!);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0.5, 20);
    }

    [Fact]
    public async Task ProcessThatStops_DoesNotWaitForReceipts()
    {
        await AddGatewayAsync("edge-a");
        var revoke = _admin.DeleteAsync(_key + "?wait=60", Confirmation);
        await HeadAsync(1);
        _admin.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.False((bool)Receipt(await revoke.WaitAsync(TimeSpan.FromSeconds(20)))["complete"]!);
    }

    [Fact]
    public async Task RepeatedRevoke_GivesTheFirstReceipt_CompletedMeanwhile()
    {
        var gateway = await AddGatewayAsync("edge-a");
        var first = Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation));
        await AcknowledgeAsync(gateway, (long)first["change"]!, 0);
        var second = Receipt(await _admin.DeleteAsync(_key, Confirmation));
        Assert.Equal((long)first["change"]!, (long)second["change"]!);
        Assert.True((bool)second["complete"]!);
    }

    [Fact]
    public async Task GatewayThatStoppedCleanly_IsNotWaitedFor()
    {
        var gateway = await AddGatewayAsync("edge-a");
        var revoke = _admin.DeleteAsync(_key + "?wait=20", Confirmation);
        await HeadAsync(1);
        await _admin.Store.Database.WriteAsync(s => s.CloseGatewayAsync(gateway));
        Assert.True((bool)Receipt(await revoke)["complete"]!);
    }

    [Fact]
    public async Task GatewayThatHasAppliedMore_HasAppliedThisToo()
    {
        var gateway = await AddGatewayAsync("edge-a");
        var first = Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation));
        await RenewAsync(gateway, (long)first["change"]!);
        Assert.True((bool)Receipt(await _admin.DeleteAsync(_key, Confirmation))["complete"]!);
    }

    [Fact]
    public async Task GatewayThatStandsStill_IsWaitedFor_UntilItsLeaseAndStalenessAreOut()
    {
        var gateway = await AddGatewayAsync("edge-a");
        Assert.False((bool)Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation))["complete"]!);
        _admin.Clock.Advance(Span - TimeSpan.FromSeconds(25));
        Assert.False((bool)Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation))["complete"]!);
        _admin.Clock.Advance(TimeSpan.FromSeconds(26));
        var receipt = Receipt(await _admin.DeleteAsync(_key + "?wait=20", Confirmation));
        Assert.True((bool)receipt["complete"]!);
        Assert.Empty(receipt["gateways"]!.AsArray());
        // It is closed, so that it cannot renew on the strength of what it held.
        Assert.Null(await RenewAsync(gateway, 0));
    }

    [Fact]
    public async Task GatewayThatRenews_IsWaitedFor_HoweverLong()
    {
        var gateway = await AddGatewayAsync("edge-a");
        for (var i = 0; i < 3; i++)
        {
            Assert.False((bool)Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation))["complete"]!);
            Assert.NotNull(await RenewAsync(gateway, 0));
            Assert.False((bool)Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation))["complete"]!);
            _admin.Clock.Advance(Span - TimeSpan.FromSeconds(25));
        }
        Assert.False((bool)Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation))["complete"]!);
    }

    [Fact]
    public async Task AdminProcessThatJustStarted_HasSeenNothingYet()
    {
        await AddGatewayAsync("edge-a");
        Receipt(await _admin.DeleteAsync(_key + "?wait=0", Confirmation));
        await using var young = await TestAdmin.StartAsync(store: _admin.Store, ahead: Span * 2);
        Assert.False((bool)Receipt(await young.DeleteAsync(_key + "?wait=0", Confirmation))["complete"]!);
        young.Clock.Advance(Span);
        Assert.True((bool)Receipt(await young.DeleteAsync(_key + "?wait=20", Confirmation))["complete"]!);
    }

    [Fact]
    public async Task LostGateway_ThatRenewsAtTheLastMoment_IsNotClosed()
    {
        var gateway = await AddGatewayAsync("edge-a");
        Assert.NotNull(await RenewAsync(gateway, 0));
        Assert.False(await _admin.Store.Database.WriteAsync(s => s.CloseLostGatewayAsync(gateway, 0)));
        Assert.NotNull(await RenewAsync(gateway, 0));
        Assert.True(await _admin.Store.Database.WriteAsync(s => s.CloseLostGatewayAsync(gateway, 2)));
        Assert.Null(await RenewAsync(gateway, 0));
    }

    private static JsonNode Receipt(ApiAnswer answer) => answer.Succeeded().Data["propagation"]!;

    private async Task<string> AddGatewayAsync(string id)
    {
        var row = Sample.Gateway() with { InstanceId = id };
        await _admin.Store.Database.WriteAsync(s => s.InsertGatewayAsync(row));
        return row.Incarnation;
    }

    // Another process's database: on SQLite a wait in this one must not stand in its way.
    private Task AcknowledgeAsync(string incarnation, long change, int streams) =>
        _admin.Store.Database.WriteAsync(s => s.AcknowledgeAsync(incarnation, [(change, streams)]));

    private Task<Renewal?> RenewAsync(string incarnation, long applied) =>
        _admin.Store.Database.WriteAsync(s =>
            s.RenewGatewayAsync(incarnation, ++_renewals, applied, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60))
        );

    // Waits for one more change than the key's creation.
    private async Task<long> HeadAsync(int more)
    {
        var head = 0L;
        await Eventually.TrueAsync(async () =>
            (head = await _admin.Store.Database.ReadAsync(s => s.GetHeadAsync())) == 1 + more
        );
        return head;
    }
}

/// <summary>Receipts on SQLite.</summary>
public sealed class SqliteReceiptTests() : ReceiptContract("sqlite");

/// <summary>Receipts on PostgreSQL.</summary>
public sealed class PostgresReceiptTests() : ReceiptContract("postgres");
