namespace Gateway.Tests;

/// <summary>The client is the TCP peer unless a trusted proxy says otherwise, and the upstream hears of no other.</summary>
public sealed class ClientAddressTests
{
    private const string Loopback = "127.0.0.0/8";

    [Fact]
    public async Task WithoutTrustedProxies_AClientsWord_IsWorthNothing()
    {
        await using var edge = await EdgeHost.StartAsync();
        var headers =
            "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n"
            + "Forwarded: for=203.0.113.5;host=evil.example;proto=https\r\nX-Real-IP: 203.0.113.5\r\n";
        Assert.Equal(200, (await edge.GetAsync("/a", headers)).Status);
        AssertForwarded(edge, "127.0.0.1", "http", "localhost");
    }

    [Fact]
    public async Task ATrustedProxy_NamesTheClient_AndWhatItAskedFor()
    {
        await using var edge = await EdgeHost.StartAsync([Loopback]);
        var headers =
            "X-Forwarded-For: 198.51.100.9, 203.0.113.5, 127.0.0.2\r\nX-Forwarded-Proto: https\r\n"
            + "X-Forwarded-Host: api.example:8443\r\nForwarded: for=198.51.100.7\r\n";
        Assert.Equal(200, (await edge.GetAsync("/a", headers)).Status);
        AssertForwarded(edge, "203.0.113.5", "https", "api.example:8443");
    }

    [Fact]
    public async Task OnlyTheConfiguredHeader_IsBelieved()
    {
        await using var edge = await EdgeHost.StartAsync([Loopback], "Forwarded");
        var headers =
            "Forwarded: for=\"[2001:db8::5]:1\"\r\nX-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\n";
        Assert.Equal(200, (await edge.GetAsync("/a", headers)).Status);
        AssertForwarded(edge, "2001:db8::5", "http", "localhost");
    }

    [Theory]
    [InlineData("X-Forwarded-For: evil\r\n")]
    [InlineData("X-Forwarded-For: 203.0.113.5 evil\r\n")]
    [InlineData("X-Forwarded-For: 010.0.0.1\r\n")]
    [InlineData("X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-For: unknown\r\n")]
    public async Task AHopThatCannotBeRead_IsRefused(string headers)
    {
        await using var edge = await EdgeHost.StartAsync([Loopback]);
        Assert.Equal(400, (await edge.GetAsync("/a", headers)).Status);
        Assert.Empty(edge.Upstream.Requests);
    }

    [Theory]
    [InlineData("X-Forwarded-Proto: https, http\r\n")]
    [InlineData("X-Forwarded-Proto: javascript\r\n")]
    [InlineData("X-Forwarded-Host: a b\r\n")]
    [InlineData("X-Forwarded-Host: evil.example, x\r\n")]
    [InlineData("X-Forwarded-Host: a/b\r\n")]
    public async Task ASchemeOrHostThatIsNotOne_IsNotPassedOn(string header)
    {
        await using var edge = await EdgeHost.StartAsync([Loopback]);
        Assert.Equal(200, (await edge.GetAsync("/a", "X-Forwarded-For: 203.0.113.5\r\n" + header)).Status);
        AssertForwarded(edge, "203.0.113.5", "http", "localhost");
    }

    [Fact]
    public async Task NamingTheHeaderInConnection_HidesNothing()
    {
        await using var edge = await EdgeHost.StartAsync([Loopback]);
        var headers = "X-Forwarded-For: 203.0.113.5\r\nConnection: close, X-Forwarded-For\r\n";
        Assert.Equal(200, (await edge.GetAsync("/a", headers)).Status);
        AssertForwarded(edge, "203.0.113.5", "http", "localhost");
    }

    [Fact]
    public void SettingsThatCannotBeRead_AreAllReported()
    {
        List<string> problems = [];
        ClientAddress.Read(["10.0.0.0/8", "10/8", "192.0.2.1/24"], "X-Real-IP", problems);
        Assert.Equal(3, problems.Count);
        Assert.All(problems, p => Assert.StartsWith("Gateway:", p, StringComparison.Ordinal));
    }

    private static void AssertForwarded(EdgeHost edge, string client, string scheme, string host)
    {
        var request = edge.Upstream.Single;
        Assert.Equal(client, request.Value("X-Forwarded-For"));
        Assert.Equal(scheme, request.Value("X-Forwarded-Proto"));
        Assert.Equal(host, request.Value("X-Forwarded-Host"));
        Assert.Null(request.Value("Forwarded"));
        Assert.Null(request.Value("X-Real-IP"));
    }
}
