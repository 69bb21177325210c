using System.Diagnostics;
using System.Security.Cryptography;

namespace Gateway.Tests;

/// <summary>
/// Keys that are revoked while one gateway stands still:
/// <code>
///   pause one gateway (SIGSTOP), at any point of its second
///   revoke four keys: the receipts name it, and nobody else
///   send it requests with all of them, on connections from before and on new ones
///   until it is complete: GET /v1/changes/{n}           rounds in which it stays away; else it is woken once its
///                                                       lease is over, before the receipts are complete
///   wake it (SIGCONT), send more at once: what does it answer, from the first request on?
/// </code>
/// </summary>
internal sealed class PausedGateway
{
    private const string Revoked = "401 REVOKED_API_KEY";
    private const string Undecided = "503 VERIFICATION_UNAVAILABLE";
    private const int KeysARound = 4;

    // A tenth of the shortest lease there is.
    private const string WaitSeconds = "0.1";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    // What the admin API leaves between two looks at most, and one look.
    private static readonly TimeSpan AdminPoll = TimeSpan.FromMilliseconds(250 + 50);

    private readonly FigureFleet _fleet;
    private readonly FleetBounds _bounds;
    private readonly List<double> _complete = [];
    private readonly List<double> _late = [];
    private int _dishonest;
    private int _acceptedElsewhere;
    private int _answers;
    private int _violations;
    private int _undecided;
    private int _validRefused;

    private PausedGateway(FigureFleet fleet, FleetBounds bounds) => (_fleet, _bounds) = (fleet, bounds);

    /// <summary>What a round is, in sentences.</summary>
    public static string How =>
        $"Each round pauses another gateway (SIGSTOP), revokes {KeysARound} keys and sends the paused gateway requests with "
        + "them, on connections from before and on new ones. In every other round it is woken (SIGCONT) only when the "
        + "receipts are complete, else once its lease is over; requests are sent again at once. A receipt may take lease + "
        + "staleness + 1 % + one look of the admin API (0.3 s) and of the client (0.025 s).";

    /// <summary>Measures it.</summary>
    /// <param name="fleet">What is measured.</param>
    /// <param name="bounds">What it was started with.</param>
    /// <param name="rounds">How often a gateway is paused.</param>
    /// <param name="section">Where figures go.</param>
    public static async Task MeasureAsync(FigureFleet fleet, FleetBounds bounds, int rounds, FigureSection section)
    {
        var paused = new PausedGateway(fleet, bounds);
        for (var round = 0; round < rounds; round++)
            await paused.RunAsync(fleet.Fleet.Gateways[round % fleet.Fleet.Gateways.Count], stays: round % 2 == 0);
        paused.Report(section, rounds);
    }

    // One round; whether the gateway stays away until the receipts are complete.
    private async Task RunAsync(FleetProcess gateway, bool stays)
    {
        var keys = await _fleet.Desk.MakeAsync(KeysARound + 1);
        await _fleet.WarmAsync(keys);
        var (valid, victims) = (keys[0], keys[1..]);
        var before = await ConnectAsync(gateway, keys.Count);
        await Task.Delay(RandomNumberGenerator.GetInt32(1_000));
        var paused = Stopwatch.GetTimestamp();
        gateway.Pause();
        try
        {
            var receipts = await RevokeAsync(victims, gateway, paused);
            await SendAsync(before, [.. victims, valid]);
            var waiting = await ConnectAsync(gateway, victims.Count);
            await SendAsync(waiting, victims);
            if (stays)
                await CompleteAsync(receipts, gateway);
            else
                await PassAsync(_bounds.Lease + TimeSpan.FromMilliseconds(50) - Stopwatch.GetElapsedTime(paused));
            gateway.Resume();
            await ReadAsync(gateway, before, waiting, victims);
            if (!stays)
                await CompleteAsync(receipts, gateway);
            await DecidesAsync(gateway, valid);
        }
        finally
        {
            gateway.Resume();
        }
    }

    private void Report(FigureSection section, int rounds)
    {
        var (complete, late) = (new Times(_complete), new Times(_late.DefaultIfEmpty()));
        var bound = ((_bounds.Lease + _bounds.Staleness) * 1.01 + AdminPoll + Poll).TotalMilliseconds;
        var name = $"lease {_bounds.Lease.TotalSeconds:0} s, staleness {_bounds.Staleness.TotalSeconds:0} s";
        section.Tell($"{name}: rounds", $"{rounds}");
        section.Count($"{name}: receipts that are complete or do not name the paused gateway", _dishonest, 0);
        section.Time($"{name}: call until the receipt is complete, longest of {complete.Count}", complete.Max, bound);
        section.Tell($"{name}: complete after guaranteedBy, longest", $"{late.Max:0} ms");
        section.Count($"{name}: answers of the woken gateway to revoked keys", _answers, 3L * complete.Count);
        section.Count($"{name}: of those neither 401 REVOKED_API_KEY nor 503 ({_undecided})", _violations, 0);
        section.Count(
            $"{name}: revoked keys not refused by the gateways that such a receipt names",
            _acceptedElsewhere,
            0
        );
        section.Count($"{name}: valid keys it refused", _validRefused, 0);
    }

    private async Task<List<TimedReceipt>> RevokeAsync(List<MadeKey> victims, FleetProcess gateway, long paused)
    {
        var others = _fleet.Fleet.Gateways.Where(g => g != gateway).ToList();
        var wires = await Task.WhenAll(others.Select(g => Wire.ConnectAsync(g.Url)));
        List<TimedReceipt> receipts = [];
        foreach (var key in victims)
        {
            var receipt = await _fleet.Desk.RevokeAsync(key, WaitSeconds);
            receipts.Add(receipt);
            var isEarly = Stopwatch.GetElapsedTime(paused, receipt.At) < _bounds.Lease;
            if (isEarly && (receipt.IsComplete || !receipt.Pending.Exists(p => p.Id == gateway.Name)))
                _dishonest++;
            // Another that is slow is pending too, and may still accept the key.
            var said = await FigureFleet.AskAsync(wires, key);
            _acceptedElsewhere += said.Where((s, i) => s != Revoked && receipt.Applied.Contains(others[i].Name))
                .Count();
        }
        Array.ForEach(wires, w => w.Dispose());
        return receipts;
    }

    private async Task CompleteAsync(List<TimedReceipt> receipts, FleetProcess gateway)
    {
        foreach (var receipt in receipts)
        {
            var now = receipt;
            while (!now.IsComplete)
            {
                await Task.Delay(Poll);
                now = await _fleet.Desk.ReceiptAsync(receipt.Change);
            }
            _complete.Add(Times.Between(receipt.Sent, now.At));
            if (receipt.Pending.Find(p => p.Id == gateway.Name) is { } pending)
                _late.Add((TimeProvider.System.GetUtcNow() - pending.GuaranteedBy).TotalMilliseconds);
        }
    }

    // Those that were sent while it stood still, and as many that are sent now.
    private async Task ReadAsync(FleetProcess gateway, Wire[] before, Wire[] waiting, List<MadeKey> victims)
    {
        var fresh = await ConnectAsync(gateway, victims.Count);
        await SendAsync(fresh, victims);
        var ofVictims = before[..^1].Concat(waiting).Concat(fresh).ToList();
        var answers = await Task.WhenAll(ofVictims.Select(w => w.ReadAsync()));
        _answers += answers.Length;
        _violations += answers.Count(a => a.Status != 503 && a.Said != Revoked);
        _undecided += answers.Count(a => a.Status == 503);
        if ((await before[^1].ReadAsync()).Status is not (200 or 503))
            _validRefused++;
        ofVictims.Add(before[^1]);
        ofVictims.ForEach(w => w.Dispose());
    }

    // What it cannot decide at first it answers 503; the next round begins with all of them up to date.
    private static async Task DecidesAsync(FleetProcess gateway, MadeKey valid)
    {
        using var wire = await Wire.ConnectAsync(gateway.Url);
        var said = "";
        await Eventually.TrueAsync(async () => (said = (await wire.AskAsync(valid.Request)).Said) != Undecided);
        Assert.Equal("200", said);
    }

    private static Task PassAsync(TimeSpan time) => time > TimeSpan.Zero ? Task.Delay(time) : Task.CompletedTask;

    // Also to a process that stands still: the system takes the connection in its place.
    private static Task<Wire[]> ConnectAsync(FleetProcess gateway, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => Wire.ConnectAsync(gateway.Url)));

    private static async Task SendAsync(Wire[] wires, IReadOnlyList<MadeKey> keys)
    {
        for (var i = 0; i < keys.Count; i++)
            await wires[i].SendAsync(keys[i].Request);
    }
}
