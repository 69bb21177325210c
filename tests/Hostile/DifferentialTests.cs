using System.Net;

namespace Gateway.Tests;

/// <summary>
/// The gateway between servers that are not ours: whatever one of them makes of what it is passed on, it is nothing the
/// caller was not granted. Every server says what it resolved, in its answers and in its log.
/// </summary>
[Collection(HostileCollection.Name)]
public sealed class DifferentialTests(AttackStand stand)
{
    // Where servers differ in their reading; `make attack` takes everything.
    private static readonly string[] Contested = ["path", "wallets", "framing", "chunks", "upgrades", "overrides"];

    // A wallet nobody else asks for: once a server's log tells of it, it tells of everything before.
    private static readonly AttackCase Last = CaseOf("/v1/wallets/last/x", "KEY");

    private static readonly AttackCase Probe = CaseOf("/public/probe", null);

    public static TheoryData<string> Servers => [.. RealServers.Names];

    public static TheoryData<string> InFront => [.. Fronts.Names];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task WhatAServerResolves_WasGranted(string name)
    {
        await using var server = await RealServers.StartAsync(name);
        await using var gateway = await AttackGateway.StartAsync(stand.Keys, server.Address);
        List<AttackVerdict> verdicts = [];
        foreach (var attack in Selected())
        {
            var answer = await gateway.SendAsync(attack);
            await gateway.DrainedAsync();
            verdicts.Add(Judge(attack, answer, await gateway.SendAsync(Probe)));
        }

        Assert.Equal(["wallet:last"], (await gateway.SendAsync(Last)).Header("X-Resource"));
        await Eventually.TrueAsync(() => server.Resolved.Any(r => r.Resource is "wallet:last"));
        var stolen = server.Resolved.Where(IsStolen).ToList();
        AttackReport.Add($"behind: {name}", verdicts);
        SourceTree.AssertNone(
            verdicts
                .Where(v => v.Escalation is not null)
                .Select(v => v.ToString())
                .Concat(stolen.Select(r => $"{r.Resource} was resolved for '{r.KeyId}'"))
        );
        await FineThroughServers.AssertBehindAsync(name, gateway);
    }

    [Theory]
    [MemberData(nameof(InFront))]
    public async Task WhoeverStandsInFront_NothingIsReachedThatWasNotGranted(string name)
    {
        await using var lane = await AttackLane.StartAsync(
            stand.Keys,
            new() { ["Gateway:TrustedProxies:0"] = Fronts.Address }
        );
        await using var front = await Fronts.StartAsync(name, lane.Gateway);
        var address = new IPEndPoint(IPAddress.Loopback, front.Port);
        // First, while nothing that a hostile request left behind can arrive late.
        await FineThroughServers.AssertInFrontAsync(name, lane, address, FalseOf);
        List<AttackVerdict> verdicts = [];
        foreach (var attack in Selected().Where(a => a is { Raw: not null, Connect: null }))
        {
            var verdict = await lane.RunAsync(attack, address);
            var stolen = lane.Upstream.Begun.Select(r => FalseOf(r)).FirstOrDefault(f => f is not null);
            verdicts.Add(verdict with { Escalation = stolen, Faults = stolen is null ? [] : [stolen] });
        }

        AttackReport.Add($"in front: {name}", verdicts);
        Assert.Contains(verdicts, v => !v.IsRefused);
        SourceTree.AssertNone(verdicts.Where(v => v.Escalation is not null).Select(v => v.ToString()));
    }

    private static IEnumerable<AttackCase> Selected() =>
        from folder in new[] { "published", "ours" }
        from file in AttackCases.Files(folder)
        where
            file is not "ranges"
            && (AttackReport.IsFull || (Contested.Contains(file) && (folder is "published" || file is "overrides")))
        from attack in AttackCases.Of(folder, file)
        select attack;

    private static AttackCase CaseOf(string path, string? key) =>
        new()
        {
            Id = path,
            About = path,
            Source = "",
            Raw =
                $"GET {path} HTTP/1.1\r\nHost: {{HOST}}\r\n"
                + (key is null ? "" : $"Authorization: Bearer {{{key}}}\r\n")
                + "Connection: close\r\n\r\n",
            Expect = new()
            {
                Granted = [],
                MustArrive = 1,
                Status = ["200"],
            },
        };

    private static AttackVerdict Judge(AttackCase attack, AttackAnswer answer, AttackAnswer probe)
    {
        var resolved = answer.Header("X-Resource").ToList();
        var beyond = resolved.Find(r => r is not ("other" or "public") && !attack.Expect.Granted.Contains(r));
        var escalation =
            beyond is not null ? $"{beyond} was resolved"
            // What somebody else's request left behind would be the answer to this one.
            : !probe.Header("X-Resource").SequenceEqual(["public"]) ? "the next request got another answer"
            : null;
        return new(attack, answer, resolved, escalation, escalation is null ? [] : [escalation]);
    }

    // Whoever stands in front may make an honest request of a hostile one, and sends when it likes. So each request is held
    // to what it says of itself: whose key it is, and from where.
    private string? FalseOf(RecordedRequest request, IReadOnlyList<string>? granted = null)
    {
        string? name = null;
        var ours = request
            .Headers.Where(h => h.Key.StartsWith("X-Gateway", StringComparison.OrdinalIgnoreCase))
            .ToList();
        if (request.Value("X-Gateway-Key-Id") is { } id && !stand.Keys.Names.TryGetValue(id, out name))
            return $"'{id}' arrived as the key of '{request.Line}'";
        if (request.Headers.Count(h => ReservedHeaders.SameWhenFolded(h.Key, "X-Gateway-Key-Id")) > 1)
            return $"several keys arrived with '{request.Line}'";
        if (request.Value("X-Forwarded-For") is not "127.0.0.1")
            return $"'{request.Value("X-Forwarded-For")}' arrived as the client of '{request.Line}'";
        if (ours.Find(h => Has(h.Value, "attacker")) is { Key: { } header })
            return $"{header} arrived with what the client said";
        return PathReadings.Beyond(request.Target, granted ?? Placeholders.GrantedTo(name)) is { } reading
            ? $"'{request.Line}' arrived for {name ?? "nobody"}, which can be read as '{reading}'"
            : null;
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);

    private bool IsStolen((string Resource, string KeyId) resolved)
    {
        stand.Keys.Names.TryGetValue(resolved.KeyId, out var name);
        // HAProxy has no word for a request that never came to its end.
        return resolved.Resource is not ("other" or "public" or "-")
            && name is not "KEY"
            && !Placeholders.GrantedTo(name).Contains(resolved.Resource);
    }
}
