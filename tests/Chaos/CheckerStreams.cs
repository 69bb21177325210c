namespace Gateway.Tests;

/// <summary>Rules about streams: those that had to be closed were, no others were, and receipts count them.</summary>
internal static class CheckerStreams
{
    public static IEnumerable<Violation> Check(CheckerEvidence evidence) =>
        evidence
            .Streams.SelectMany(s => new[] { Outlives(evidence, s), IsCut(evidence, s) })
            .Concat(CheckerStreamCounts.Check(evidence))
            .OfType<Violation>();

    // stream-outlives. Sound: at the instant a change is in force at a gateway, or an expiry is reached, the gateway has
    // judged the stream again, by that record or a later one; if none of those allows it, it was closed there and then.
    // While the gateway is in trouble it may judge only afterwards, by what is so then. Misses: streams of a gateway that
    // had not recovered when the run ended.
    private static Violation? Outlives(CheckerEvidence evidence, StreamLife stream)
    {
        foreach (var instant in Instants(evidence, stream))
        {
            var at = instant > stream.Opened ? instant : stream.Opened;
            var calm = evidence.Troubles.CalmFrom(stream.Gateway, at, Allowance.Stream);
            var deadline = calm + Allowance.Stream;
            if ((stream.Closed ?? evidence.End) <= deadline)
                continue;
            var right = Right(evidence, stream, at, calm == at ? at : deadline);
            if (!right.HasFlag(Verdicts.Allowed))
                return new Violation(
                    "stream-outlives",
                    $"Since {at} right is {right}; it should have been closed.",
                    [stream]
                );
        }
        return null;
    }

    // stream-cut. Sound: a gateway closes a stream only because its key is refused, and the client sees it within the
    // margin; all else that ends one is a fault of the gateway or the upstream. Misses: what a fault explains.
    private static Violation? IsCut(CheckerEvidence evidence, StreamLife stream)
    {
        if (!stream.ByGateway || stream.Closed is not { } closed)
            return null;
        var before = closed - Allowance.Stream;
        if (evidence.Troubles.Of(stream.Gateway, before, closed) is not null)
            return null;
        if (evidence.Troubles.Of(FaultTargets.Upstream, before, closed) is not null)
            return null;
        return Right(evidence, stream, before, closed) == Verdicts.Allowed
            ? new Violation("stream-cut", "Its key was valid throughout, and it was closed.", [stream])
            : null;
    }

    private static Verdicts Right(CheckerEvidence evidence, StreamLife stream, TimeSpan from, TimeSpan to) =>
        evidence.Admissible(
            stream.Key,
            evidence.Asked(stream),
            evidence.Positions.InForce(stream.Gateway, from),
            evidence.Feed.SeenBefore(to),
            from,
            to
        );

    // When a change of the key or its account is in force at the gateway, and when the key expires.
    private static IEnumerable<TimeSpan> Instants(CheckerEvidence evidence, StreamLife stream)
    {
        if (!evidence.Feed.Made.TryGetValue(stream.Key, out var made))
            return [stream.Opened];
        var (key, account) = (evidence.Feed.Key(stream.Key), evidence.Feed.Account(made.Account));
        var known = evidence.Positions.InForce(stream.Gateway, stream.Opened);
        var changes = key.ChangesAfter(known)
            .Concat(account.ChangesAfter(known))
            .Select(n => evidence.Positions.InForceFrom(stream.Gateway, n))
            .OfType<TimeSpan>();
        var ends = key.Between(known, long.MaxValue)
            .Where(s => s.EndsAt is not null)
            .Select(s => evidence.Clock.ToRun(s.EndsAt!.Value))
            .Where(t => t < evidence.End)
            .Select(t => t + Allowance.Clock);
        return changes.Concat(ends);
    }
}
