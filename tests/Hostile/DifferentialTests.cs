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
        AttackReport.Add($"behind: {name}", verdicts);
        SourceTree.AssertNone(
            verdicts
                .Where(v => v.Escalation is not null)
                .Select(v => v.ToString())
                .Concat(server.Resolved.Where(IsStolen).Select(r => $"{r.Resource} was resolved for '{r.KeyId}'"))
        );
    }

    [Theory]
    [MemberData(nameof(InFront))]
    public async Task WhoeverStandsInFront_NothingIsReachedThatWasNotGranted(string name)
    {
        await using var lane = await AttackLane.StartAsync(
            stand.Keys,
            new() { ["Gateway:TrustedProxies:0"] = Fronts.Address }
        );
        await using var front = await Fronts.StartAsync(name, lane.Gateway.Http1);
        var address = new IPEndPoint(IPAddress.Loopback, front.Port);
        List<AttackVerdict> verdicts = [];
        foreach (var attack in Selected().Where(a => a is { Raw: not null, Connect: null }))
            verdicts.Add(await lane.RunAsync(attack, address));
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

    private bool IsStolen((string Resource, string KeyId) resolved)
    {
        stand.Keys.Names.TryGetValue(resolved.KeyId, out var name);
        // HAProxy has no word for a request that never came to its end.
        return resolved.Resource is not ("other" or "public" or "-")
            && name is not "KEY"
            && !Placeholders.GrantedTo(name).Contains(resolved.Resource);
    }
}
