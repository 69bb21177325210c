namespace Gateway.Tests;

/// <summary>Rules about uses: last used never goes back, and none is lost but by a kill or a counted drop.</summary>
internal static class CheckerUses
{
    public static IEnumerable<Violation> Check(CheckerEvidence evidence) =>
        WentBack(evidence).Concat(Counted(evidence));

    // last-used-backwards. Sound: the store keeps the later of two, and every read is of the primary. Reads that overlap
    // may be told in either order.
    private static IEnumerable<Violation> WentBack(CheckerEvidence evidence)
    {
        foreach (var key in evidence.History.All<LastUsedSample>().GroupBy(s => s.Key))
        {
            var samples = key.OrderBy(s => s.Begin).ToList();
            var ended = new PriorityQueue<LastUsedSample, TimeSpan>(samples.Select(s => (s, s.End)));
            LastUsedSample? latest = null;
            foreach (var sample in samples)
            {
                while (ended.TryPeek(out var before, out var end) && end < sample.Begin)
                {
                    ended.Dequeue();
                    if (latest is null || before.Value > (latest.Value ?? DateTimeOffset.MinValue))
                        latest = before;
                }
                if (latest?.Value is { } was && !(sample.Value >= was))
                    yield return new Violation(
                        "last-used-backwards",
                        $"It was {was}, then {sample.Value}.",
                        [latest, sample]
                    );
            }
        }
    }

    // use-lost. Sound: an accepted call is counted before it is forwarded, and what is counted is written within the
    // interval or kept, so that only what a process was killed with is gone; a process that stops writes what is left, if
    // it can reach the store. A call without an answer may have been counted. Misses: a loss next to a kill.
    private static IEnumerable<Violation> Counted(CheckerEvidence evidence)
    {
        var stored = evidence.History.All<UsesInStore>().ToDictionary(u => u.Key);
        var losses = evidence.Lives.ToLookup(l => l.Gateway, l => (Life: l, From: LossFrom(evidence, l)));
        foreach (var calls in evidence.Calls.Where(c => c.Key is not null).GroupBy(c => c.Key!))
        {
            var has = stored.GetValueOrDefault(calls.Key) ?? new UsesInStore(calls.Key, 0, null);
            var sure = calls
                .Where(c => c.IsAccepted() && !losses[c.Gateway].Any(l => MayBeIn(c, l.Life, l.From)))
                .ToList();
            var most = calls.Count(c => c.IsAccepted() || c.Status == 0);
            if (has.Accepted < sure.Count || has.Accepted > most)
                yield return new Violation(
                    "use-lost",
                    $"Clients saw {sure.Count} to {most} uses of {calls.Key}; the store has {has.Accepted}.",
                    [has]
                );
            if (sure.Count > 0 && !(has.LastUsed >= evidence.Clock.ToWall(sure.Max(c => c.Begin) - Allowance.Clock)))
                yield return new Violation(
                    "use-lost",
                    $"{calls.Key} was used after {has.LastUsed}.",
                    [has, sure.MaxBy(c => c.Begin)!]
                );
        }
    }

    private static bool MayBeIn(Call call, ProcessLife life, TimeSpan? from) =>
        from is not null && call.End >= from && call.Begin >= life.Started && !(call.Begin > life.Ended);

    // From when on a life's uses may not have been written: an interval before its end, or before the trouble it ended in.
    // One that was told to stop has written all, unless it could not.
    private static TimeSpan? LossFrom(CheckerEvidence evidence, ProcessLife life)
    {
        if (life.Dropped > 0)
            return life.Started;
        if (life.Ended is not { } end)
            return null;
        var isReachable =
            evidence.Troubles.Of(life.Gateway, end, end)?.Faults.All(f => f.Kind == FaultKind.Stop) ?? true;
        if (!life.Killed && isReachable)
            return null;
        var interval = evidence.History.Header.UsageFlush + Allowance.Settle;
        var tick = TimeSpan.FromTicks(1);
        while (evidence.Troubles.Of(life.Gateway, end - interval, end - tick) is { } trouble)
            end = trouble.Begin;
        return end - interval;
    }
}
