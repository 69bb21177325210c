using System.Text;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Tests;

/// <summary>Every problem of a routes file is named, with route and key, and all of them at once.</summary>
public class RoutesCheckerTests
{
    private const string Good = """
        "ClusterId": "c", "Match": {"Path": "/x"}, "Metadata": {"Access": "key"}
        """;

    [Fact]
    public void SoundFile_IsRead_WithCommentsAndTrailingCommas()
    {
        var routes = RoutesText.Check(
            """
            // Comments and
            {
              "$schema": "for-editors.json",
              "ReverseProxy": {
                "Routes": { "a": { "ClusterId": "c", "Match": { "Path": "/x" }, "Metadata": { "Access": "key" } } },
                "Clusters": { "c": { "Destinations": { "d": { "Address": "https://backend.internal/api/" } } } }, /* trailing commas */
              },
            }
            """
        );

        Assert.Empty(routes.Problems);
        Assert.Empty(routes.Warnings);
        Assert.Equal("a", Assert.Single(routes.Routes).RouteId);
        Assert.Equal("a", Assert.Single(routes.Policies).RouteId);
        Assert.Equal(TimeSpan.FromSeconds(60), routes.MaxStaleness);
    }

    [Fact]
    public void ByteOrderMark_IsSkipped() =>
        Assert.Equal(3, RoutesJson.WithoutMark(Encoding.UTF8.GetBytes("\uFEFF{ }")).Length);

    [Theory]
    [InlineData("""{"ReverseProxy": {""", "line 1, column 19: ")]
    [InlineData("{\n  \"ReverseProxy\": {},\n  oops\n}", "line 3, column 3: ")]
    [InlineData("", "line 1, column 1: ")]
    [InlineData("[]", "the file is a list; an object is needed")]
    [InlineData("{}", "ReverseProxy: missing")]
    [InlineData("""{"ReverseProxy": null}""", "ReverseProxy: has no value")]
    [InlineData("""{"ReverseProxy": {}, "Logging": {}}""", "Logging: unknown; there are $schema, ReverseProxy")]
    [InlineData("""{"ReverseProxy": {"Route": {}}}""", "Route: unknown; there are Clusters, Routes")]
    [InlineData("""{"ReverseProxy": {"Routes": []}}""", "Routes: is a list; an object is needed")]
    public void FileThatCannotBeRead_IsAProblem(string text, string expected) =>
        Assert.Contains(RoutesText.Check(text).Problems, p => p.StartsWith(expected, StringComparison.Ordinal));

    [Theory]
    // Names and shapes: YARP would ignore all of these.
    [InlineData(""" "Macth": {} """, "Routes:r:Macth: unknown")]
    [InlineData(""" "Match": {"Path": "/x", "Method": ["GET"]} """, "Routes:r:Match:Method: unknown")]
    [InlineData(
        """ "Match": {"Path": "/x", "Methods": "GET"} """,
        "Routes:r:Match:Methods: is a text; a list is needed"
    )]
    [InlineData(""" "Match": {"Path": "/x", "Methods": []} """, "Routes:r:Match:Methods: is an empty list")]
    [InlineData(""" "Match": {"Path": "/x", "Methods": null} """, "Routes:r:Match:Methods: has no value")]
    [InlineData(""" "Match": {"Path": "/x", "Headers": [{"Nmae": "a"}]} """, "Routes:r:Match:Headers:0:Nmae: unknown")]
    [InlineData(
        """ "Metadata": {"Permissions": ["a:read"]} """,
        "Routes:r:Metadata:Permissions: is a list; a text is needed"
    )]
    [InlineData(""" "Metadata": {"Access": "key", "a:b": "c"} """, "Routes:r:Metadata:a:b: is not a name")]
    [InlineData(""" "Order": 1, "order": 2 """, "Routes:r:order: stated twice")]
    // Features that would judge, cache or answer beside the gateway.
    [InlineData(""" "OutputCachePolicy": "p" """, "Routes:r:OutputCachePolicy: is not taken")]
    [InlineData(""" "AuthorizationPolicy": "anonymous" """, "Routes:r:AuthorizationPolicy: is not taken")]
    [InlineData(""" "RateLimiterPolicy": "disable" """, "Routes:r:RateLimiterPolicy: is not taken")]
    [InlineData(""" "CorsPolicy": "default" """, "Routes:r:CorsPolicy: is not taken")]
    [InlineData(""" "TimeoutPolicy": "p" """, "Routes:r:TimeoutPolicy: is not taken")]
    // Values YARP cannot read.
    [InlineData(""" "Order": "first" """, "Routes:r: ")]
    [InlineData(""" "Timeout": "30 seconds" """, "Routes:r: ")]
    // The path.
    [InlineData(""" "Match": {"Path": "/x/{"} """, "Routes:r: Invalid path '/x/{' for route 'r'.")]
    [InlineData(
        """ "Match": {"Path": "/x/{id:nope}"} """,
        "Routes:r:Match:Path: {id} has a constraint that routing does not know"
    )]
    [InlineData(""" "Match": {"Path": "/a%20b"} """, "Routes:r:Match:Path: 'a%20b' has % \\ or #")]
    [InlineData(""" "Match": {"Path": "/a/../b"} """, "Routes:r:Match:Path: the segment '..' ends in a dot or a space")]
    [InlineData(""" "Match": {} """, "Routes:r: Route 'r' requires Hosts or Path specified.")]
    [InlineData(""" "Match": {"Path": "/x", "Methods": ["FETCH"]} """, "Routes:r: Unsupported HTTP method 'FETCH'")]
    [InlineData(""" "Match": {"Path": "/x", "Methods": ["TRACE"]} """, "Routes:r:Match:Methods: TRACE is refused")]
    [InlineData(""" "Match": {"Path": "/x", "Hosts": ["ex*.com"]} """, "Routes:r:Match:Hosts: 'ex*.com' is not a host")]
    [InlineData(""" "Match": {"Path": "/x", "Hosts": ["a.com:http"]} """, "Routes:r:Match:Hosts: 'a.com:http' is not")]
    [InlineData(
        """ "Match": {"Path": "/x", "Headers": [{"Name": "X-Gateway-Environment", "Values": ["production"]}]} """,
        "Routes:r:Match:Headers: 'X-Gateway-Environment' is whatever a client sends"
    )]
    // Clusters.
    [InlineData(""" "ClusterId": "elsewhere" """, "Routes:r:ClusterId: 'elsewhere' is not a cluster")]
    [InlineData(
        """ "Metadata": {"Access": "key", "Cluster.sandbox": "elsewhere"} """,
        "Routes:r:Metadata:Cluster.sandbox: 'elsewhere' is not a cluster"
    )]
    // The policy.
    [InlineData(""" "Metadata": {"MaxStaleness": "2s"} """, "Routes:r:Metadata:Access: neither Access nor Permissions")]
    [InlineData(""" "Metadata": {"Acces": "key"} """, "Routes:r:Metadata:Acces: unknown")]
    [InlineData(""" "Metadata": {"Access": "key", "AllowEncoded": "%2F"} """, "Routes:r:Metadata:AllowEncoded: ")]
    public void ProblemOfARoute_IsNamed(string members, string expected) =>
        AssertProblem(RoutesText.File($$"""{"r": { {{Override(Good, members)}} } }"""), expected);

    [Fact]
    public void RouteWithoutPolicyOrCluster_IsAProblem()
    {
        var problems = RoutesText.Check(RoutesText.File("""{"r": {"Match": {"Path": "/x"}}}""")).Problems;

        Assert.Contains(problems, p => p.StartsWith("Routes:r:ClusterId: missing", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.StartsWith("Routes:r:Metadata:Access: neither", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData($$"""{"r": { {{Good}} }, "r": { {{Good}} } }""", "Routes:r: stated twice")]
    [InlineData($$"""{"r": { {{Good}} }, "R": { {{Good}} } }""", "Routes:R: stated twice")]
    [InlineData($$"""{"r:Metadata:Access": { {{Good}} } }""", "Routes:r:Metadata:Access: is not a name")]
    [InlineData($$"""{"": { {{Good}} } }""", "Routes:: is not a name")]
    public void RouteIds_AreNamesAndStatedOnce(string routes, string expected) =>
        AssertProblem(RoutesText.File(routes), expected);

    [Theory]
    [InlineData("""{"RequestHeader": "X-Gateway-Key-Id", "Set": "k"}""", "changes 'X-Gateway-Key-Id'")]
    [InlineData("""{"RequestHeader": "x_gateway_key_id", "Set": "k"}""", "changes 'x_gateway_key_id'")]
    [InlineData("""{"RequestHeaderRemove": "X-Gateway-Account-Id"}""", "changes 'X-Gateway-Account-Id'")]
    [InlineData("""{"RequestHeaderRouteValue": "X-Forwarded-For", "Set": "id"}""", "changes 'X-Forwarded-For'")]
    [InlineData("""{"RequestHeader": "Transfer-Encoding", "Set": "chunked"}""", "belongs to the connection")]
    [InlineData("""{"RequestHeader": "Authorization", "Append": "x"}""", "only a fixed value (Set)")]
    [InlineData("""{"RequestHeaderRouteValue": "Authorization", "Set": "id"}""", "only a fixed value (Set)")]
    [InlineData(
        """{"RequestHeaderRouteValue": "X-Original-URL", "Set": "id"}""",
        "lets the client say 'X-Original-URL'"
    )]
    [InlineData("""{"ClientCert": "X.Gateway.Role"}""", "changes 'X.Gateway.Role'")]
    [InlineData("""{"X-Forwarded": "Append"}""", "the gateway sets X-Forwarded-*")]
    [InlineData("""{"Forwarded": "for"}""", "the gateway sets X-Forwarded-*")]
    [InlineData("""{"RequestHeadersCopy": "false"}""", "would drop the headers that say who calls")]
    [InlineData("""{"RequestHeadersAllowed": "Accept"}""", "would drop the headers that say who calls")]
    [InlineData("""{"Nope": "1"}""", "Unknown transform: Nope")]
    public void TransformThatUndoesAPromise_IsAProblem(string transform, string expected) =>
        AssertProblem(
            RoutesText.File($$"""{"r": { {{Good}}, "Transforms": [{"PathPrefix": "/api"}, {{transform}}] } }"""),
            expected
        );

    [Theory]
    [InlineData("/x/v-{a}.json", "/y/{a}/z", 1)]
    [InlineData("/x/{a}/{**rest}", "/y/{a}/{**rest}", 0)]
    public void PathMadeOfPartsOfASegment_IsAProblem(string path, string pattern, int problems)
    {
        var text = $$"""
            {"r": {"ClusterId": "c", "Match": {"Path": "{{path}}"}, "Metadata": {"Access": "key"},
                   "Transforms": [{"PathPattern": "{{pattern}}"}] } }
            """;
        Assert.Equal(
            problems,
            RoutesText
                .Check(RoutesText.File(text))
                .Problems.Count(p => p.Contains("uses {a}", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("query:w", """{"QueryValueParameter": "w", "Set": "1"}""")]
    [InlineData("query:w", """{"QueryRemoveParameter": "W"}""")]
    [InlineData("header:X-Wallet", """{"RequestHeader": "x-wallet", "Set": "1"}""")]
    public void TransformOfTheJudgedWallet_IsAProblem(string wallet, string transform) =>
        AssertProblem(
            RoutesText.File(
                $$"""
                {"r": {"ClusterId": "c", "Match": {"Path": "/x"}, "Transforms": [{{transform}}],
                       "Metadata": {"Access": "key", "Wallet": "{{wallet}}"} } }
                """
            ),
            "which names the wallet that was judged"
        );

    [Theory]
    [InlineData("""{"PathRemovePrefix": "/x"}""")]
    [InlineData("""{"RequestHeader": "Authorization", "Set": "Basic dXA="}""")]
    [InlineData("""{"RequestHeader": "X-Tenant", "Set": "a"}""")]
    [InlineData("""{"RequestHeader": "X-API-Key", "Set": "the upstream's own"}""")]
    [InlineData("""{"QueryValueParameter": "v", "Set": "1"}""")]
    [InlineData("""{"RequestHeaderOriginalHost": "true"}""")]
    [InlineData("""{"ResponseHeaderRemove": "Server"}""")]
    public void OtherTransforms_AreTaken(string transform) =>
        Assert.Empty(
            RoutesText.Check(RoutesText.File($$"""{"r": { {{Good}}, "Transforms": [{{transform}}] } }""")).Problems
        );

    [Fact]
    public void FixedAuthorization_IsAProblem_WhereTheKeyIsForwarded() =>
        AssertProblem(
            RoutesText.File(
                """
                {"r": {"ClusterId": "c", "Match": {"Path": "/x"}, "Metadata": {"Access": "key", "Credential": "forward"},
                       "Transforms": [{"RequestHeader": "Authorization", "Set": "x"}]}}
                """
            ),
            "but Credential is 'forward'"
        );

    [Theory]
    [InlineData("backend:8080", "is not an absolute http or https address")]
    [InlineData("ftp://backend", "is not an absolute http or https address")]
    [InlineData("http://user:secret@backend", "has a user name")]
    [InlineData("http://backend?x=1", "has a query or fragment")]
    [InlineData("", "No address found for destination 'd'")]
    public void DestinationThatCannotBeReached_IsAProblem_AndNotEchoed(string address, string expected)
    {
        var clusters = $$"""{"c": {"Destinations": {"d": {"Address": "{{address}}"} } } }""";
        var problem = Assert.Single(RoutesText.Check(RoutesText.File($$"""{"r": { {{Good}} } }""", clusters)).Problems);

        Assert.StartsWith("Clusters:c:", problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"c": {"Destnations": {} } }""", "Clusters:c:Destnations: unknown")]
    [InlineData("""{"c": {"LoadBalancingPolicy": "Best"} }""", "Clusters:c: No matching ILoadBalancingPolicy")]
    [InlineData("""{"c": {"HttpRequest": {"ActivityTimeout": "1 s"} } }""", "Clusters:c: ")]
    public void ProblemOfACluster_IsNamed(string clusters, string expected) =>
        AssertProblem(RoutesText.File($$"""{"r": { {{Good}} } }""", clusters), expected);

    [Theory]
    [InlineData("""{"c": {} }""", "Clusters:c:Destinations: there are none")]
    [InlineData(
        """{"c": {"Destinations": {"d": {"Address": "https://b"} }, "HttpClient": {"DangerousAcceptAnyServerCertificate": true} } }""",
        "Clusters:c:HttpClient:DangerousAcceptAnyServerCertificate: whoever answers"
    )]
    [InlineData(
        """{"c": {"Destinations": {"d": {"Address": "https://b"} }, "HttpClient": {"SslProtocols": ["Tls11", "Tls12"]} } }""",
        "Clusters:c:HttpClient:SslProtocols: Tls11 can be broken"
    )]
    [InlineData(
        """{"c": {"Destinations": {"d": {"Address": "https://b"} } }, "idle": {"Destinations": {"d": {"Address": "https://b"} } } }""",
        "Clusters:idle: no route goes there"
    )]
    public void WhatShouldBeLookedAt_IsAWarning(string clusters, string expected)
    {
        var routes = RoutesText.Check(RoutesText.File($$"""{"r": { {{Good}} } }""", clusters));

        Assert.Empty(routes.Problems);
        Assert.Contains(routes.Warnings, w => w.StartsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("api.example.com")]
    [InlineData("*.example.com:8443")]
    [InlineData("*:443")]
    [InlineData("[::1]:80")]
    [InlineData("127.0.0.1")]
    [InlineData("münchen.example")]
    public void Hosts_AreTaken(string host) =>
        Assert.Empty(RoutesText.Check(RoutesText.Of($"r * /x Access=key |{{\"Hosts\": [\"{host}\"]}}")).Problems);

    [Fact]
    public void EveryProblemIsListed_InOneGo()
    {
        var problems = RoutesText
            .Check(
                RoutesText.File(
                    """
                    {
                      "a": {"ClusterId": "c", "Match": {"Path": "/a", "Methods": "GET"}, "Metadata": {"Access": "all"}},
                      "b": {"Match": {"Path": "/b/{"}, "Order": "x"},
                      "d": {"ClusterId": "none", "Match": {"Path": "/d"}, "Metadata": {"Permissions": "*"}}
                    }
                    """,
                    """{"c": {"Destinations": {"d": {"Address": "here"}}}}"""
                )
            )
            .Problems;

        Assert.Equal(6, problems.Count);
        Assert.Equal(
            ["Clusters:c", "Routes:a", "Routes:b", "Routes:d"],
            problems.Select(p => string.Join(':', p.Split(':')[..2])).Distinct().Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void RouteByEnvironment_GoesNowhere_UntilTheKeyIsKnown()
    {
        var routes = RoutesText.Check(RoutesText.Of("r * /x Access=key Cluster.sandbox=c"));

        Assert.Empty(routes.Problems);
        Assert.Contains(routes.Warnings, w => w.StartsWith("Routes:r:ClusterId: never used", StringComparison.Ordinal));
        var cluster = routes.Clusters.Single(c => c.ClusterId == routes.Routes[0].ClusterId);
        Assert.NotEqual("c", cluster.ClusterId);
        Assert.True(cluster.Destinations is null or { Count: 0 });
    }

    [Fact]
    public void NamesTheShapeKnows_AreTheNamesYarpReads()
    {
        string[] refused =
        [
            "AuthorizationPolicy",
            "RateLimiterPolicy",
            "CorsPolicy",
            "TimeoutPolicy",
            "OutputCachePolicy",
        ];

        Assert.Equal(Names<RouteConfig>("RouteId"), RoutesShape.Route.Members.Keys.Union(refused[..4]).Order());
        Assert.Equal(refused.Order(), RoutesShape.Route.Refused.Keys.Order());
        Assert.Equal(Names<ClusterConfig>("ClusterId"), RoutesShape.Cluster.Members.Keys.Order());
        Assert.Equal(Names<RouteMatch>(""), Known(RoutesShape.Route, "Match").Members.Keys.Order());
        Assert.Equal(Names<HttpClientConfig>(""), Known(RoutesShape.Cluster, "HttpClient").Members.Keys.Order());
        Assert.Equal(
            Names<Yarp.ReverseProxy.Forwarder.ForwarderRequestConfig>("Empty"),
            Known(RoutesShape.Cluster, "HttpRequest").Members.Keys.Order()
        );
    }

    private static Shape.Known Known(Shape.Known shape, string name) => (Shape.Known)shape.Members[name];

    private static IEnumerable<string> Names<T>(string but) =>
        typeof(T).GetProperties().Select(p => p.Name).Where(n => n != but).Order();

    private static void AssertProblem(string text, string expected) =>
        Assert.Contains(RoutesText.Check(text).Problems, p => p.Contains(expected, StringComparison.Ordinal));

    // Members of the same name are replaced, so that only the fault under test is there.
    private static string Override(string members, string by)
    {
        var all = System.Text.Json.Nodes.JsonNode.Parse($"{{{members}}}")!.AsObject();
        using var document = System.Text.Json.JsonDocument.Parse($"{{{by}}}");
        foreach (var member in document.RootElement.EnumerateObject())
            all.Remove(member.Name);
        return string.Join(", ", all.Select(m => $"\"{m.Key}\": {m.Value!.ToJsonString()}").Append(by));
    }
}
