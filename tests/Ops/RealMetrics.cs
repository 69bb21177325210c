namespace Gateway.Tests;

/// <summary>
/// What both processes really say at <c>/metrics</c>, with every meter on and after one of everything: accepted, refused,
/// not forwarded, a complete receipt. Asked for once in a run.
/// </summary>
internal static class RealMetrics
{
    private static readonly Lazy<Task<(string Gateway, string Admin)>> Once = new(ScrapeAsync);

    /// <summary>Both texts.</summary>
    public static Task<(string Gateway, string Admin)> GetAsync() => Once.Value;

    /// <summary>Names of all metrics with their types.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> FamiliesAsync()
    {
        var (gateway, admin) = await GetAsync();
        return new PrometheusScrape(gateway)
            .Families.Concat(new PrometheusScrape(admin).Families)
            .DistinctBy(f => f.Key)
            .ToDictionary();
    }

    private static async Task<(string Gateway, string Admin)> ScrapeAsync()
    {
        using var certificates = new TestCertificates();
        var (certificate, key) = certificates.Issue("localhost");
        await using var sdp = await Deployment.StartAsync(
            new()
            {
                Gateway = new()
                {
                    ["Ops:RequestMeters"] = "true",
                    ["Gateway:ApiKeyHeader"] = "true",
                    ["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0",
                    ["Kestrel:Endpoints:Https:Certificate:Path"] = certificate,
                    ["Kestrel:Endpoints:Https:Certificate:KeyPath"] = key,
                },
            }
        );
        var (_, secret) = await sdp.OpenAccountAsync();
        Assert.Equal("200", await sdp.CallAsync(secret));
        Assert.Equal("401 UNAUTHORIZED", await Deployment.CallAsync(sdp.Gateway, ""));
        Assert.Equal("404 NO_ROUTE", await sdp.CallAsync(secret, "/nowhere"));
        sdp.Upstream.Answer = (_, client) =>
        {
            client.Close();
            return Task.CompletedTask;
        };
        Assert.Equal("502 UPSTREAM_UNAVAILABLE", await sdp.CallAsync(secret));
        await sdp.FlushAsync();
        return ((await sdp.Gateway.OpsAsync("/metrics")).Text, await sdp.Admin.Client.GetStringAsync("/metrics"));
    }
}
