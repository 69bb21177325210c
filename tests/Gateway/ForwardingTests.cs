using System.Net;

namespace Gateway.Tests;

/// <summary>What is forwarded beside the principal, and how a body that grows too large is refused.</summary>
public sealed class ForwardingTests
{
    private const string Forwarding = """
        , "self-checking": {
          "ClusterId": "up", "Match": { "Path": "/self/{**rest}" }, "Metadata": { "Access": "key", "Credential": "forward" }
        }
        """;

    [Fact]
    public async Task ForwardedCredential_IsABearerKey_WhereverTheCallerPutIt()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await StartAsync(store, upstream, new() { ["Gateway:ApiKeyHeader"] = "true" });
        var (_, secret) = await store.IssueKeyAsync();

        await gateway.TryAsync("/self/x", secret);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/self/x");
        request.Headers.Add("X-API-Key", secret);
        using var response = await gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.All(upstream.Requests, r => Assert.Equal("Bearer " + secret, r.Value("Authorization")));
        Assert.All(upstream.Requests, r => Assert.Null(r.Value("X-API-Key")));
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task BodyThatGrowsOverTheLimit_Is413(string version)
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        var settings = new Dictionary<string, string?>
        {
            ["Gateway:MaxRequestBodyBytes"] = "100000",
            ["Kestrel:Endpoints:Http:Protocols"] = version == "2.0" ? "Http2" : "Http1",
        };
        await using var gateway = await StartAsync(store, upstream, settings);
        var (_, secret) = await store.IssueKeyAsync();

        using var request = new HttpRequestMessage(HttpMethod.Post, "/any/x")
        {
            Content = new StreamContent(new NoLength(new byte[300_000])),
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Add("Authorization", "Bearer " + secret);
        using var response = await gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("PAYLOAD_TOO_LARGE", await ProblemCode.OfAsync(response));
        Assert.Empty(upstream.Requests);
    }

    private static Task<TestGateway> StartAsync(
        TestStore store,
        RecordingUpstream upstream,
        Dictionary<string, string?> settings
    ) => TestGateway.StartAsync(store.Options, TestRoutes.For(upstream, Forwarding), settings);

    // A stream whose length cannot be asked is sent in chunks.
    private sealed class NoLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
