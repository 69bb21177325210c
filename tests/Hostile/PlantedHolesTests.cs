using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>The hostile requests can fail: with any one kind of rule taken out, some of them do what they are meant to.</summary>
[Collection(HostileCollection.Name)]
public sealed class PlantedHolesTests(AttackStand stand)
{
    private const string Part = "planted holes";

    // What is taken out where the gateway is built, and as with those that are taken out while it runs.
    private static readonly Dictionary<string, (Action<WebApplicationBuilder> Plant, string File, string Known)> Holes =
        new()
        {
            ["the target goes on as it came"] = (Without(EdgeRules.Target), "fine/paths", "FINE-PATH-028"),
            ["the client's address upstream"] = (Without(EdgeRules.Client), "ours/addresses", "ADDR-027"),
            ["the server's limits"] = (Kestrel(NoLimits), "published/limits", "LIM-001"),
            ["the length of a header over HTTP/2"] = (Kestrel(LongHeaders), "ours/limits", "LONG-037"),
            ["what Connection names is kept from the server"] = (
                Kestrel(OwnHeaderEncodings),
                "ours/connection",
                "HOP2-010"
            ),
            ["lengths that are digits"] = (Kestrel(OwnHeaderEncodings), "ours/framing", "FRAME-027"),
            ["lines that end in a line feed"] = (
                Kestrel(kestrel => RefuseBareLineFeeds(kestrel, false)),
                "published/headers",
                "HDR-001"
            ),
            ["host"] = (Kestrel(AnyHost), "published/http2", "H2-035"),
        };

    public static TheoryData<string> Planted => [.. Holes.Keys];

    [Theory]
    [MemberData(nameof(Planted))]
    public async Task ARuleThatIsMissing_IsFound(string hole)
    {
        var (plant, file, known) = Holes[hole];
        AttackReport.Add(Part, "cases", 1);
        await using var lane = await AttackLane.StartAsync(stand.Keys, plant: plant);
        Report(await IsFoundAsync(lane, file, known) ? [] : [hole], planted: 1);
    }

    [Fact]
    public async Task AClientThatIsBelieved_IsFound()
    {
        AttackReport.Add(Part, "cases", 1);
        await using var lane = await AttackLane.StartAsync(
            stand.Keys,
            new() { ["Gateway:TrustedProxies:0"] = "127.0.0.0/8" }
        );
        Report(
            await IsFoundAsync(lane, "published/addresses", "IP-003") ? [] : ["a client that is believed"],
            planted: 1
        );
    }

    [Fact]
    public async Task ARuleThatIsTakenOut_IsFound()
    {
        AttackReport.Add(Part, "cases", PlantedRules.All.Length);
        List<string> unfound = [];
        await using var lane = await AttackLane.StartAsync(stand.Keys);
        foreach (var (rule, file, known) in PlantedRules.All)
        {
            PlantedRules.TakeOut(lane, rule);
            if (!await IsFoundAsync(lane, file, known))
                unfound.Add($"{rule} ({file})");
            PlantedRules.TakeOut(lane, EdgeRules.None);
        }

        Report(unfound, PlantedRules.All.Length);
    }

    // In the ordinary run the request that is known to find it; `make attack` sends those before it, too.
    private static async Task<bool> IsFoundAsync(AttackLane lane, string file, string known)
    {
        foreach (var attack in AttackCases.Of(file.Split('/')[0], file.Split('/')[1]))
        {
            if (!AttackReport.IsFull && attack.Id != known)
                continue;
            if ((await lane.RunAsync(attack)).Faults.Count > 0)
                return true;
        }

        return false;
    }

    private static void Report(IReadOnlyCollection<string> unfound, int planted)
    {
        AttackReport.Add(Part, "found", planted - unfound.Count);
        foreach (var hole in unfound)
            AttackReport.Add(Part, $"nobody noticed without: {hole}", 1);
        SourceTree.AssertNone(unfound.Select(h => $"Nobody noticed without: {h}"));
    }

    private static Action<WebApplicationBuilder> Without(EdgeRules rule) =>
        builder => builder.Services.AddSingleton(new Upstream { Without = rule });

    // After the gateway's own settings of its server.
    private static Action<WebApplicationBuilder> Kestrel(Action<KestrelServerOptions> change) =>
        builder => builder.Services.PostConfigure(change);

    private static void NoLimits(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxRequestHeaderCount = 1_000;
        kestrel.Limits.MaxRequestLineSize = 100_000;
        kestrel.Limits.MaxRequestBufferSize = null;
    }

    private static void LongHeaders(KestrelServerOptions kestrel) =>
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 64 * 1024;

    private static void OwnHeaderEncodings(KestrelServerOptions kestrel) =>
        kestrel.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;

    private static void AnyHost(KestrelServerOptions kestrel)
    {
        kestrel.AllowAlternateSchemes = true;
        kestrel.AllowHostHeaderOverride = true;
    }

    // The switch is the whole process's; the server's own copy of it is not.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_DisableHttp1LineFeedTerminators")]
    private static extern void RefuseBareLineFeeds(KestrelServerOptions kestrel, bool refuse);
}
