using System.Runtime.CompilerServices;
using Gateway.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>The hostile requests can fail: with any one kind of rule taken out, some of them do what they are meant to.</summary>
[Collection(HostileCollection.Name)]
public sealed class PlantedHolesTests(AttackStand stand)
{
    // What is taken out, and the files whose requests must notice.
    private static readonly Dictionary<string, (Action<WebApplicationBuilder> Plant, string[] Files)> Holes = new()
    {
        ["methods"] = (Without(EdgeRules.Methods), ["ours/methods"]),
        ["path"] = (Without(EdgeRules.Path), ["published/path"]),
        ["escapes a route must allow"] = (Without(EdgeRules.Escapes), ["ours/path"]),
        ["query"] = (Without(EdgeRules.Query), ["ours/query"]),
        ["cookies"] = (Without(EdgeRules.Cookies), ["ours/query"]),
        ["transfer-encoding"] = (Without(EdgeRules.Framing), ["ours/framing"]),
        ["credentials and expectations"] = (Without(EdgeRules.Semantics), ["ours/authorization", "ours/limits"]),
        ["header text"] = (Without(EdgeRules.Text), ["ours/limits"]),
        ["reserved headers"] = (Without(EdgeRules.Reserved), ["published/identity"]),
        ["headers that Connection names"] = (Without(EdgeRules.Nominated), ["ours/connection"]),
        ["upgrades"] = (Without(EdgeRules.Upgrade), ["ours/upgrades"]),
        ["the credential ends here"] = (Without(EdgeRules.Credential), ["published/leaks"]),
        ["the server's limits"] = (Kestrel(NoLimits), ["published/limits"]),
        ["what Connection names is kept from the server"] = (Kestrel(OwnHeaderEncodings), ["ours/connection"]),
        ["lengths that are digits"] = (Kestrel(OwnHeaderEncodings), ["ours/framing"]),
        ["lines that end in a line feed"] = (
            Kestrel(kestrel => RefuseBareLineFeeds(kestrel, false)),
            ["published/headers"]
        ),
        ["host"] = (Kestrel(AnyHost), ["published/http2"]),
    };

    public static TheoryData<string> Planted => [.. Holes.Keys];

    [Theory]
    [MemberData(nameof(Planted))]
    public async Task ARuleThatIsMissing_IsFound(string hole)
    {
        var (plant, files) = Holes[hole];
        await FindAsync(await AttackLane.StartAsync(stand.Keys, plant: plant), files);
    }

    [Fact]
    public async Task AClientThatIsBelieved_IsFound() =>
        await FindAsync(
            await AttackLane.StartAsync(stand.Keys, new() { ["Gateway:TrustedProxies:0"] = "127.0.0.0/8" }),
            ["published/addresses"]
        );

    private static async Task FindAsync(AttackLane gateway, string[] files)
    {
        await using var lane = gateway;
        foreach (var attack in files.SelectMany(f => AttackCases.Of(f.Split('/')[0], f.Split('/')[1])))
        {
            if ((await lane.RunAsync(attack)).Faults.Count is 0)
                continue;
            AttackReport.Add("planted holes", "cases", 1);
            AttackReport.Add("planted holes", "found", 1);
            return;
        }

        Assert.Fail("Nobody noticed.");
    }

    private static Action<WebApplicationBuilder> Without(EdgeRules rule) =>
        builder =>
            builder
                .Services.AddSingleton(s => new RequestGuard(s.GetRequiredService<KeyFormat>()) { Without = rule })
                .AddSingleton(new Upstream { Without = rule });

    // After the gateway's own settings of its server.
    private static Action<WebApplicationBuilder> Kestrel(Action<KestrelServerOptions> change) =>
        builder => builder.Services.PostConfigure(change);

    private static void NoLimits(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxRequestHeaderCount = 1_000;
        kestrel.Limits.MaxRequestLineSize = 100_000;
        kestrel.Limits.MaxRequestBufferSize = null;
    }

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
