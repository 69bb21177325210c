using Yarp.ReverseProxy.Configuration;

namespace Gateway.Tests;

/// <summary>What a route's metadata means, and everything it may not say.</summary>
public class RoutePolicyTests
{
    private static readonly RouteContext Context = new(["sandbox", "production"], TimeSpan.FromSeconds(60));

    [Fact]
    public void Policy_SaysWhatTheMetadataSays()
    {
        var policy = Parse(
            "/v1/wallets/{walletId}/{**rest}",
            ("Permissions", "wallets:read  vm.buy.crypto"),
            ("Environments", "production"),
            ("Wallet", "{walletId}"),
            ("Cluster.production", "live"),
            ("Credential", "forward"),
            ("MaxStaleness", "2s"),
            ("AllowEncoded", "%3B")
        );

        Assert.Equal(["wallets:read", "vm.buy.crypto"], policy.Permissions);
        Assert.Equal("wallets:read vm.buy.crypto", policy.ScopeText);
        Assert.Equal(["production"], policy.Environments);
        Assert.Equal(new WalletRule(WalletSource.RouteValue, "walletId"), policy.Wallet);
        Assert.True(policy.TryGetCluster("production", out var cluster));
        Assert.Equal("live", cluster);
        Assert.True(policy.ForwardCredential);
        Assert.Equal(TimeSpan.FromSeconds(2), policy.MaxStaleness);
        Assert.False(policy.Anonymous);
        Assert.True(EncodedSet.Parse(";", out _).IsWithin(policy.AllowEncoded));
        Assert.False(EncodedSet.Parse("#", out _).IsWithin(policy.AllowEncoded));
    }

    [Fact]
    public void BareKeyRoute_TakesAnyKey_StripsIt_AndJudgesNoWallet()
    {
        var policy = Parse("/x", ("Access", "key"));

        Assert.Empty(policy.Permissions);
        Assert.True(policy.AllowsEnvironment("sandbox"));
        Assert.False(policy.HasClusters);
        Assert.False(policy.TryGetCluster("sandbox", out _));
        Assert.Equal(WalletRule.None, policy.Wallet);
        Assert.False(policy.ForwardCredential);
        Assert.Equal(Context.DefaultMaxStaleness, policy.MaxStaleness);
    }

    [Fact]
    public void EnvironmentWithoutCluster_IsRefused_OnceOneIsStated()
    {
        var policy = Parse("/x", ("Access", "key"), ("Cluster.sandbox", "test"));

        Assert.True(policy.AllowsEnvironment("sandbox"));
        Assert.False(policy.AllowsEnvironment("production"));
    }

    [Theory]
    [InlineData("any", WalletSource.Any, "")]
    [InlineData("query:wallet", WalletSource.Query, "wallet")]
    [InlineData("header:X-Wallet", WalletSource.Header, "X-Wallet")]
    [InlineData("{id}", WalletSource.RouteValue, "id")]
    public void Wallet_IsNamedWhereTheRouteSays(string text, WalletSource source, string name) =>
        Assert.Equal(new WalletRule(source, name), Parse("/w/{id}", ("Access", "key"), ("Wallet", text)).Wallet);

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("0s", 0)]
    [InlineData("90s", 90)]
    [InlineData("5m", 300)]
    [InlineData("1h", 3600)]
    public void MaxStaleness_IsADuration(string text, double seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            Parse("/x", ("Access", "key"), ("MaxStaleness", text)).MaxStaleness
        );

    [Theory]
    [InlineData("", "Routes:r:Metadata:Access: neither Access nor Permissions is stated")]
    [InlineData("Access=open", "'open' is not an access")]
    [InlineData("Access=Anonymous", "'Anonymous' is not an access")]
    [InlineData("Access=", "Metadata:Access: has no value")]
    [InlineData("Permissions=", "Metadata:Permissions: has no value")]
    [InlineData("Access=key;Permisions=a:read", "Metadata:Permisions: unknown")]
    [InlineData("Access=anonymous;Permissions=a:read", "Metadata:Permissions: needs a key to judge")]
    [InlineData("Access=anonymous;Environments=sandbox", "Metadata:Environments: needs a key to judge")]
    [InlineData("Access=anonymous;Wallet=any", "Metadata:Wallet: needs a key to judge")]
    [InlineData("Access=anonymous;Cluster.sandbox=c", "Metadata:Cluster.sandbox: needs a key to judge")]
    [InlineData("Access=anonymous;Credential=forward", "Metadata:Credential: needs a key to judge")]
    [InlineData("Access=anonymous;MaxStaleness=1s", "Metadata:MaxStaleness: needs a key to judge")]
    [InlineData("Permissions=*:read", "'*:read' is not a permission")]
    [InlineData("Permissions=Tokens:Read", "'Tokens:Read' is not a permission")]
    [InlineData("Permissions=a:read,b:read", "'a:read,b:read' is not a permission")]
    [InlineData("Permissions=a:read a:read", "'a:read' is stated twice")]
    [InlineData("Access=key;Environments=staging", "Metadata:Environments: 'staging' is not an environment")]
    [InlineData("Access=key;Cluster.staging=c", "Metadata:Cluster.staging: 'staging' is not an environment")]
    [InlineData("Access=key;Credential=strip", "Metadata:Credential: 'strip' is not taken")]
    [InlineData("Access=key;MaxStaleness=2", "'2' is not a duration")]
    [InlineData("Access=key;MaxStaleness=-2s", "'-2s' is not a duration")]
    [InlineData("Access=key;MaxStaleness=25h", "'25h' is not a duration")]
    [InlineData("Access=key;MaxStaleness=99999999999h", "'99999999999h' is not a duration")]
    [InlineData("Access=key;Wallet=walletId", "'walletId' is not taken")]
    [InlineData("Access=key;Wallet={other}", "the path has no value {other}")]
    [InlineData("Access=key;Wallet={rest}", "{rest} is the rest of the path")]
    [InlineData("Access=key;Wallet={id}", "{id} is part of a segment")]
    [InlineData("Access=key;Wallet=query:", "is not the name of a query parameter")]
    [InlineData("Access=key;Wallet=query:api_key", "'api_key' is refused in every query")]
    [InlineData("Access=key;Wallet=header:a b", "'a b' is not the name of a header")]
    [InlineData("Access=key;Wallet=header:X-Gateway-Wallet", "'X-Gateway-Wallet' is taken off every request")]
    [InlineData("Access=key;Wallet=header:x-real-ip", "'x-real-ip' is taken off every request")]
    [InlineData("Access=key;Wallet=header:Authorization", "'Authorization' is taken off every request")]
    public void ProblemIsNamed_WithRouteAndKey(string metadata, string expected)
    {
        var problems = new List<string>();
        var pairs = metadata
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('=', 2))
            .Select(p => (p[0], p[1]));

        RoutePolicy.Parse(Route("/w/{wallet}/v-{id}/{**rest}", pairs), Context, problems);

        Assert.Contains(problems, p => p.StartsWith("Routes:r:", StringComparison.Ordinal) && p.Contains(expected));
    }

    [Fact]
    public void WalletThatMayBeAbsent_IsAProblem()
    {
        var problems = new List<string>();
        RoutePolicy.Parse(Route("/w/{id?}", [("Access", "key"), ("Wallet", "{id}")]), Context, problems);
        Assert.Contains("{id} may be absent", Assert.Single(problems));
    }

    private static RoutePolicy Parse(string path, params (string, string)[] metadata)
    {
        var problems = new List<string>();
        var policy = RoutePolicy.Parse(Route(path, metadata), Context, problems);
        Assert.Empty(problems);
        return policy;
    }

    private static RouteConfig Route(string path, IEnumerable<(string Key, string Value)> metadata) =>
        new()
        {
            RouteId = "r",
            ClusterId = "c",
            Match = new RouteMatch { Path = path },
            Metadata = metadata.ToDictionary(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase),
        };
}
