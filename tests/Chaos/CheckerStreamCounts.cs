namespace Gateway.Tests;

/// <summary>
/// stream-count: a receipt says for each gateway how many streams were closed as the change was applied. Looked at only
/// where nothing else can have ended them: no other change of the key or its account near, no expiry, no trouble.
/// Sound: a stream that was open before the write began and that the gateway ended afterwards was closed by it, and
/// counted; one that was not open as it was applied, or is not refused by it, was not. A stream whose client hung up just
/// then, and a request that was being answered, may have been counted or not.
/// </summary>
internal static class CheckerStreamCounts
{
    public static IEnumerable<Violation> Check(CheckerEvidence evidence)
    {
        var streams = evidence.Streams.ToLookup(s => s.Gateway);
        var calls = evidence.Calls.ToLookup(c => (c.Gateway, c.Key));
        foreach (var (number, write) in evidence.Feed.Owners)
        {
            if (number != write.Receipt?.Change || !IsAlone(evidence, number, write))
                continue;
            foreach (var gateway in write.Receipt.Gateways.ToLookup(g => g.Gateway))
            {
                var (begin, end) = (write.Begin - Allowance.Stream, write.End + Allowance.Stream);
                if (evidence.Troubles.Of(gateway.Key, begin, end) is not null)
                    continue;
                var (least, most) = Expect(evidence, number, write, streams[gateway.Key]);
                var told = gateway.Sum(g => g.StreamsClosed);
                if (told > most)
                    most += Keys(evidence, write).Sum(k => calls[(gateway.Key, k)].Count(c => Meets(c, write)));
                if (told < least || told > most)
                    yield return new Violation(
                        "stream-count",
                        $"{gateway.Key} says it closed {told} streams; clients saw {least} to {most}.",
                        [write]
                    );
            }
        }
    }

    private static (int Least, int Most) Expect(
        CheckerEvidence evidence,
        long number,
        AdminWrite write,
        IEnumerable<StreamLife> streams
    )
    {
        var (least, most) = (0, 0);
        var keys = Keys(evidence, write).ToHashSet();
        foreach (var stream in streams.Where(s => keys.Contains(s.Key)))
        {
            var closed = stream.Closed ?? TimeSpan.MaxValue;
            if (stream.Opened > write.End || closed < write.Begin - Allowance.Stream)
                continue;
            var right = evidence.Admissible(stream.Key, evidence.Asked(stream), number, number, write.Begin, write.End);
            if (right == Verdicts.Allowed)
                continue;
            most++;
            var isRefused = !right.HasFlag(Verdicts.Allowed);
            if (isRefused && stream.Opened <= write.Begin && stream.ByGateway && closed >= write.Begin)
                least++;
        }
        return (least, most);
    }

    // No other change of the key or the account can have been applied near, and none of its keys ends near.
    private static bool IsAlone(CheckerEvidence evidence, long number, AdminWrite write)
    {
        var (begin, end) = (write.Begin - Allowance.Stream, write.End + Allowance.Stream);
        var feed = evidence.Feed;
        var others =
            from entry in feed.Near(number, begin, end)
            where entry.Account == write.Account && (write.Key is null || entry.Key is null || entry.Key == write.Key)
            select entry;
        return !others.Any()
            && !Keys(evidence, write)
                .SelectMany(k => feed.Key(k).Between(number, number))
                .Any(s => s.EndsAt is { } over && evidence.Clock.ToRun(over) is var at && at >= begin && at <= end);
    }

    private static IEnumerable<string> Keys(CheckerEvidence evidence, AdminWrite write) =>
        write.Key is { } key ? [key] : evidence.Feed.KeysOf(write.Account);

    private static bool Meets(Call call, AdminWrite write) =>
        call.End >= write.Begin - Allowance.Stream && call.Begin <= write.End;
}
