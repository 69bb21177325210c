using System.Diagnostics;
using System.Security.Cryptography;

namespace Gateway.Tests;

/// <summary>
/// How long a revoke takes until its receipt is complete, under load, and what the gateways say from there on:
/// <code>
///   keys made, each used once at every gateway, so that its record is in memory there
///   each:  revoke (timed) → at once a request at every gateway: 401 REVOKED_API_KEY?
///   end:   all of them once more
/// </code>
/// </summary>
internal static class RevokeTimes
{
    private const string Revoked = "401 REVOKED_API_KEY";

    /// <summary>Measures it.</summary>
    /// <param name="fleet">What is measured.</param>
    /// <param name="size">How much.</param>
    /// <param name="section">Where figures go.</param>
    /// <param name="medianBar">Of the times' median in milliseconds; null when none is asked for.</param>
    public static async Task MeasureAsync(FigureFleet fleet, FigureSize size, FigureSection section, double? medianBar)
    {
        var keys = await fleet.Desk.MakeAsync(size.WarmUps + size.Revokes);
        await fleet.WarmAsync(keys);
        var load = await fleet.LoadAsync(size);
        var wires = await fleet.ConnectAsync();
        var run = new Run(fleet, wires, size.RevokePauseMs);
        foreach (var key in keys.Take(size.WarmUps))
            await run.RevokeAsync(key);
        var began = Stopwatch.GetTimestamp();
        run.Times.Clear();
        foreach (var key in keys.Skip(size.WarmUps))
            await run.RevokeAsync(key);
        var valid = load.Since(began);
        await load.DisposeAsync();
        foreach (var key in keys)
            await run.AskAsync(key);
        Array.ForEach(wires, w => w.Dispose());

        var times = new Times(run.Times);
        section.How =
            $"{size.Revokes} revokes after {size.WarmUps} that do not count, one after the other with up to "
            + $"{size.RevokePauseMs} ms between them, at {fleet.Fleet.Gateways.Count} gateway(s) with {load.Rate:0} valid "
            + "requests/s in all. Each is timed at the client, from before the first byte of the call to after the last of "
            + "its receipt.";
        if (medianBar is { } bar)
            section.Time("revoke until complete receipt, p50", times.Percentile(50), bar);
        section.Time("revoke until complete receipt, p99", times.Percentile(99), 100);
        section.Tell("revoke until complete receipt, ms", times.ToString());
        section.Tell("valid requests meanwhile, ms", valid.ToString());
        section.Count("receipts that are not complete", run.Incomplete, 0);
        section.Count("requests after a receipt that were not 401 REVOKED_API_KEY", run.Violations, 0);
        section.Count("requests after a receipt", run.Asked, 2L * keys.Count * wires.Length);
        section.Count($"valid requests refused ({load.Summary()})", load.Other("200"), 0);
        section.AssertHolds(size);
    }

    private sealed class Run(FigureFleet fleet, Wire[] wires, int pauseMs)
    {
        public List<double> Times { get; } = [];
        public int Incomplete { get; private set; }
        public int Violations { get; private set; }
        public int Asked { get; private set; }

        public async Task RevokeAsync(MadeKey key)
        {
            // Not in step with renewals, polls and whatever else has a rhythm.
            await Task.Delay(RandomNumberGenerator.GetInt32(pauseMs));
            var receipt = await fleet.Desk.RevokeAsync(key);
            await AskAsync(key);
            Times.Add(receipt.Took);
            if (!receipt.IsComplete || receipt.Applied.Count != wires.Length)
                Incomplete++;
        }

        public async Task AskAsync(MadeKey key)
        {
            var said = await FigureFleet.AskAsync(wires, key);
            Asked += said.Length;
            Violations += said.Count(s => s != Revoked);
        }
    }
}
