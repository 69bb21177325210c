namespace Gateway.Tests;

/// <summary>
/// Rules about single calls. A call is judged against all records it may have been judged by: those after the change the
/// gateway had to know of as the call began, up to the change that can have been committed as it ended.
/// </summary>
internal static class CheckerCalls
{
    /// <summary>Could not be decided.</summary>
    private const string Undecided = "VERIFICATION_UNAVAILABLE";

    // The gateway has accepted and passed on these.
    private static readonly string[] UpstreamFailed = ["UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT"];

    /// <summary>Whether the gateway has accepted a call for sure.</summary>
    public static bool IsAccepted(this Call call) =>
        call.Status is 101 or (>= 200 and < 400) || UpstreamFailed.Contains(call.Code);

    public static IEnumerable<Violation> Check(CheckerEvidence evidence) =>
        evidence.Calls.SelectMany(call => Check(evidence, call));

    private static IEnumerable<Violation> Check(CheckerEvidence evidence, Call call)
    {
        var isUndecided = call.Status == 0 || call.Code == Undecided;
        if ((isUndecided || UpstreamFailed.Contains(call.Code)) && Unexcused(evidence, call) is { } unavailable)
            yield return unavailable;
        if (!isUndecided && Misjudged(evidence, call) is { } misjudged)
            yield return misjudged;
        if (call.IsAccepted() && HonouredTooLong(evidence, call) is { } stale)
            yield return stale;
    }

    // unavailable. Sound: while nothing is done to a gateway or to the store, and what was done has settled, leases are
    // renewed and look-ups answered. Redis and admin processes are never needed. Misses: a 503 that the cache should have
    // prevented during a fault.
    private static Violation? Unexcused(CheckerEvidence evidence, Call call)
    {
        var target = UpstreamFailed.Contains(call.Code) ? FaultTargets.Upstream : call.Gateway;
        return evidence.Troubles.Of(target, call.Begin, call.End) is null
            ? new Violation("unavailable", $"Nothing was wrong with {target}, yet: {call.Status} {call.Code}.", [call])
            : null;
    }

    private static Violation? Misjudged(CheckerEvidence evidence, Call call)
    {
        var positions = evidence.Positions;
        var upTo = evidence.Feed.SeenBefore(call.End);
        var right = Right(positions.InForce(call.Gateway, call.Begin));
        var seen = call.IsAccepted() ? Verdicts.Allowed : VerdictModel.OfCode(call.Code ?? "");
        if (right.HasFlag(seen) && seen != Verdicts.None)
            return null;
        var told = $"Right was {right}, the answer {(call.IsAccepted() ? "allowed" : $"{call.Status} {call.Code}")}.";
        if (!call.IsAccepted())
            return new Violation(right == Verdicts.Allowed ? "valid-refused" : "wrong-code", told, [call]);
        if (Right(positions.ByReceipt(call.Gateway, call.Begin)).HasFlag(Verdicts.Allowed))
            return new Violation("late-accept", $"On a record that was guaranteed to be gone. {told}", [call]);
        return Right(0).HasFlag(Verdicts.Allowed)
            ? new Violation("stale-accept", $"On a record from before a complete receipt. {told}", [call])
            : new Violation("wrong-accept", $"No record, old or new, allows it. {told}", [call]);

        Verdicts Right(long after) =>
            evidence.Admissible(call.Key, evidence.Asked(call), after, upTo, call.Begin, call.End);
    }

    // too-stale. Sound: a renewal that counts was sent before the gateway was cut off; its lease and then the route's
    // staleness run from there. Misses: what is cut off by anything but a fault of kind Cut.
    private static Violation? HonouredTooLong(CheckerEvidence evidence, Call call)
    {
        var limit = evidence.History.Header.Lease + evidence.Route(call.Route).MaxStaleness + Allowance.Cut;
        var cut = evidence
            .Troubles.Cuts(call.Gateway)
            .FirstOrDefault(c => call.Begin >= c.Begin + limit && call.End <= c.End - Allowance.Cut);
        return cut is null
            ? null
            : new Violation(
                "too-stale",
                "Accepted by a gateway cut off beyond its lease and the route's staleness.",
                [call, cut]
            );
    }
}
