using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>People paste keys where they do not belong. One in a query is refused; one in a path is the upstream's business,
/// which may have such paths, and is passed on. The gateway itself shows neither to anybody.</summary>
public sealed class KeysInUrlsTests
{
    [Fact]
    public async Task KeyInAPathOrAQuery_IsInNoLineOfTheLog_AndInNoMetric()
    {
        var format = new KeyFormat(new KeyOptions());
        var key = format.Generate(format.Environments[0]);
        await using var pair = new ProcessPair();
        var gateway = pair.StartGateway(
            ("Gateway:AccessLog", "true"),
            ("Ops:RequestMeters", "true"),
            ("Logging:LogLevel:Default", "Trace")
        );
        await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(pair.Ops)).Status == 200);

        Assert.Equal("200", await pair.CallAsync(null, $"/public/{key}"));
        Assert.Equal("400 BAD_REQUEST", await pair.CallAsync(null, $"/public/x?api_key={key}"));
        Assert.Equal("400 BAD_REQUEST", await pair.CallAsync(null, $"/public/x?any={key}"));
        Assert.Equal("401 INVALID_API_KEY", await pair.CallAsync(key, $"/v1/read/{key}"));
        Assert.Equal("404 NO_ROUTE", await pair.CallAsync(null, $"/nowhere/{key}"));
        pair.Upstream.Answer = (_, _) => throw new IOException("It hangs up.");
        Assert.Equal("502 UPSTREAM_UNAVAILABLE", await pair.CallAsync(null, $"/public/{key}/again"));

        // A line is written once its request has been answered.
        await Eventually.TrueAsync(() => gateway.Output.Split("(withheld)").Length > 4);
        await Eventually.TrueAsync(() => gateway.Output.Contains("UPSTREAM_UNAVAILABLE", StringComparison.Ordinal));
        var metrics = (await ProcessPair.GetAsync(pair.Ops, "/metrics")).Text;
        Assert.Contains("gateway_decisions_total", metrics, StringComparison.Ordinal);
        var random = key[format.Environments[0].Prefix.Length..];
        Assert.DoesNotContain(random[..8], gateway.Output + metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(random[^8..], gateway.Output + metrics, StringComparison.Ordinal);
    }
}
