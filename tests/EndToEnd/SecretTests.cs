namespace Gateway.Tests;

/// <summary>
/// A secret is in the one answer that made it and nowhere else, whatever is done with it: after whole lives of keys and
/// of operators' tokens everything that is written or said is searched. Our own log categories are at their lowest level;
/// the framework's are as they are in production. The access log is on, and traces leave.
/// </summary>
public sealed class SecretTests
{
    private static readonly Dictionary<string, string?> Talkative = new() { ["Logging:LogLevel:Default"] = "Trace" };

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Secret_IsInTheOneAnswerThatMadeIt_AndNowhereElse(string provider)
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var sdp = await Deployment.StartAsync(
            new()
            {
                Provider = provider,
                Shared = new(Talkative) { ["Otlp:Endpoint"] = collector.Url },
                Gateway = new() { ["Gateway:AccessLog"] = "true", ["Ops:RequestMeters"] = "true" },
            }
        );
        using var life = new SecretLife(sdp);
        await life.LiveAsync();

        Assert.Equal(7, life.Secrets.Count);
        foreach (var secret in life.Secrets)
        {
            var answer = Assert.Single(life.Transcript.Answers, a => secret.Find(a) is not null);
            Assert.Contains(secret.Secret, answer, StringComparison.Ordinal);
        }
        var configured = new SecretTraces(TestAdmin.OperatorToken, 0);
        Assert.DoesNotContain(life.Transcript.Answers, a => configured.Find(a) is not null);
        var written = await WrittenAsync(sdp);
        written["the traces"] = await TracesAsync(sdp, collector);
        Assert.Empty(
            from place in written
            from secret in life.Secrets.Append(configured)
            let trace = secret.Find(place.Value)
            where trace is not null
            select $"{trace} of {secret.Secret} is in {place.Key}: {Around(place.Value, trace)}"
        );
    }

    private static async Task<Dictionary<string, string>> WrittenAsync(Deployment sdp)
    {
        var written = new Dictionary<string, string>
        {
            ["the gateway's log"] = sdp.Gateway.Log.Text,
            ["the admin API's log"] = sdp.Admin.Log.Text,
            ["the store"] = await StoreDump.ReadAsync(sdp.Store),
        };
        // A search of nothing would find nothing.
        Assert.Contains("\nDebug ", written["the gateway's log"], StringComparison.Ordinal);
        Assert.Contains("\nDebug ", written["the admin API's log"], StringComparison.Ordinal);
        Assert.Contains("REVOKED_API_KEY", written["the gateway's log"], StringComparison.Ordinal);
        Assert.Contains("GET (withheld) HTTP/1.1 404", written["the gateway's log"], StringComparison.Ordinal);
        Assert.Contains("Store unavailable", written["the admin API's log"], StringComparison.Ordinal);
        Assert.Contains(SdpPage.Name, written["the store"], StringComparison.Ordinal);
        return written;
    }

    // What is left is sent as the processes stop.
    private static async Task<string> TracesAsync(Deployment sdp, OtlpCollector collector)
    {
        foreach (var gateway in sdp.Gateways)
            await gateway.StopAsync();
        await sdp.Admin.StopAsync();
        Assert.Contains(collector.Spans, s => s.Name == "gateway.decision");
        Assert.Contains(collector.Spans, s => s.Service == "admin-api");
        return collector.Text;
    }

    private static string Around(string text, string trace)
    {
        var at = text.IndexOf(trace, StringComparison.OrdinalIgnoreCase);
        return text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 100)];
    }
}
