using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>
/// What is unusual and fine, sent through servers that are not ours: behind the gateway each answers with the resource that
/// was granted, and from one in front everything arrives as it was sent. What such a server refuses although it is legal is
/// listed in <c>Servers/refusals.json</c>, with the reason; the gateway itself refuses nothing.
/// </summary>
public static partial class FineThroughServers
{
    // Of so many requests one is sent in the ordinary run; `make attack` sends all.
    private const int Stride = 50;

    private static readonly Refusal[] Listed = JsonSerializer.Deserialize<Refusal[]>(
        File.ReadAllText(Path.Combine(Repository.Root, "tests", "Hostile", "Servers", "refusals.json")),
        JsonSerializerOptions.Web
    )!;

    /// <summary>Sends them to a gateway that a server is behind.</summary>
    /// <param name="name">The server.</param>
    /// <param name="gateway">The gateway.</param>
    public static async Task AssertBehindAsync(string name, AttackGateway gateway)
    {
        List<AttackVerdict> verdicts = [];
        foreach (var fine in Selected())
            verdicts.Add(JudgeBehind($"behind: {name}", fine, await gateway.SendAsync(fine), gateway.Fill));
        Report($"fine, behind: {name}", verdicts);
    }

    /// <summary>Sends them to a server that is in front of a gateway.</summary>
    /// <param name="name">The server.</param>
    /// <param name="lane">The gateway.</param>
    /// <param name="front">Where the server listens.</param>
    /// <param name="falseOf">What is false in a request that arrived, for what was granted; null for nothing.</param>
    public static async Task AssertInFrontAsync(
        string name,
        AttackLane lane,
        IPEndPoint front,
        Func<RecordedRequest, IReadOnlyList<string>, string?> falseOf
    )
    {
        List<AttackVerdict> verdicts = [];
        foreach (var fine in Selected().Where(a => a is { Raw: not null, Connect: null }))
        {
            var verdict = await lane.RunAsync(fine, front);
            var refusal = RefusalOf($"in front: {name}", fine);
            List<string> faults =
                refusal is null ? [.. verdict.Faults]
                : IsOurs(verdict.Answer) || verdict.Answer.Status == "200"
                    ? [$"is not refused by {name}: {refusal.Reason}"]
                : [];
            List<string> granted = [.. fine.Expect.Granted.Select(lane.Gateway.Fill)];
            var stolen = lane.Upstream.Begun.Select(r => falseOf(r, granted)).FirstOrDefault(f => f is not null);
            if (stolen is not null)
                faults.Add(stolen);
            verdicts.Add(verdict with { Escalation = stolen, Faults = faults });
        }

        Report($"fine, in front: {name}", verdicts);
    }

    private static IEnumerable<AttackCase> Selected() =>
        AttackCases.All("fine").Where((_, i) => AttackReport.IsFull || i % Stride is 0);

    private static void Report(string part, List<AttackVerdict> verdicts)
    {
        AttackReport.Add(part, verdicts);
        Assert.Contains(verdicts, v => !v.IsRefused);
        SourceTree.AssertNone(verdicts.Where(v => v.Faults.Count > 0).Select(v => v.ToString()));
    }

    private static AttackVerdict JudgeBehind(
        string place,
        AttackCase fine,
        AttackAnswer answer,
        Func<string, string> fill
    )
    {
        var resolved = ResolvedBy(fine, answer);
        if (RefusalOf(place, fine) is { } refusal)
        {
            var isRefused = resolved.Count is 0 && !IsOurs(answer);
            return new(fine, answer, [], null, isRefused ? [] : [$"is not refused {place}: {refusal.Reason}"]);
        }

        var granted = TargetsOf(fine).Select(t => ResourceOf(fill(t))).ToList();
        var escalation = resolved.Find(r => !granted.Contains(r, StringComparer.OrdinalIgnoreCase));
        List<string> faults = escalation is null ? [] : [$"{escalation} was resolved"];
        if (!resolved.SequenceEqual(granted, StringComparer.OrdinalIgnoreCase))
            faults.Add($"'{string.Join(", ", resolved)}' and not '{string.Join(", ", granted)}' answered");
        return new(fine, answer, resolved, escalation, faults);
    }

    // Over HTTP/2 the body says it, where there is one.
    private static List<string> ResolvedBy(AttackCase fine, AttackAnswer answer) =>
        fine.Raw is not null
            ? [.. Resource().Matches(answer.Text).Select(m => Uri.UnescapeDataString(m.Groups["name"].Value.Trim()))]
        : answer.Status is not "200" ? []
        : fine.Fields![0].StartsWith("HEAD ", StringComparison.Ordinal) ? [.. TargetsOf(fine).Select(ResourceOf)]
        : [Uri.UnescapeDataString(answer.Text.Trim())];

    private static IEnumerable<string> TargetsOf(AttackCase fine) =>
        fine.Raw is { } raw
            ? RequestLines().Matches(raw).Select(m => m.Groups[1].Value).Take(fine.Expect.MustArrive)
            : [fine.Fields!.First(f => f.Contains('/')).Replace(":path=", "GET ").Split(' ', 2)[1]];

    private static string ResourceOf(string target)
    {
        var segments = target.Split('?')[0].Split('/');
        return segments switch
        {
            ["", var root, ..] when Is(root, "public") => "public",
            ["", var v1, var read, ..] when Is(v1, "v1") && Is(read, "read") => "read",
            ["", var v1, var admin, ..] when Is(v1, "v1") && Is(admin, "admin") => "admin",
            ["", var v1, var wallets, var wallet, ..] when Is(v1, "v1") && Is(wallets, "wallets") =>
                $"wallet:{Uri.UnescapeDataString(wallet)}",
            _ => "other",
        };
    }

    private static bool Is(string segment, string name) => segment.Equals(name, StringComparison.OrdinalIgnoreCase);

    // Only the gateway's own answers have a code that says why.
    private static bool IsOurs(AttackAnswer answer) => answer.Text.Contains("\"code\":", StringComparison.Ordinal);

    private static Refusal? RefusalOf(string place, AttackCase fine) =>
        Array.Find(Listed, r => r.Place == place && r.Cases.Any(c => Names(c, fine.Id)));

    private static bool Names(string listed, string id) =>
        listed.EndsWith('*') ? id.StartsWith(listed[..^1], StringComparison.Ordinal) : listed == id;

    /// <summary>Legal requests a server refuses.</summary>
    /// <param name="Place">Where it stands, and its name.</param>
    /// <param name="Reason">Why it refuses them.</param>
    /// <param name="Cases">Which; a star at the end for all that begin so.</param>
    private sealed record Refusal(string Place, string Reason, string[] Cases);

    [GeneratedRegex(@"[A-Z]+ (\S+) HTTP/1")]
    private static partial Regex RequestLines();

    [GeneratedRegex(@"^X-Resource: *(?<name>[^\r\n]*)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Resource();
}
