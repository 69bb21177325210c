namespace Gateway.Tests;

/// <summary>A caller must not choose its policy by leaving something out.</summary>
public class RouteOverlapTests
{
    [Theory]
    // What is not GET falls through to a route that says nothing on methods.
    [InlineData(
        "strict GET /v1/t/{**rest} Permissions=t:read",
        "lax * /v1/t/{**rest} Access=key",
        "with another method is judged here, which does not need t:read"
    )]
    [InlineData("strict GET /v1/t/{**rest} Access=key", "lax * /{**rest} Access=anonymous", "which needs no key")]
    [InlineData("strict POST /v1/t/{id:int} Access=key", "lax * /v1/{a}/{b?} Access=anonymous", "which needs no key")]
    public void LeavingOutTheMethod_MustNotPickTheLaxerPolicy(string strict, string lax, string expected) =>
        AssertFallsThrough(strict, lax, expected);

    [Theory]
    [InlineData(
        """strict * /v1/t Permissions=t:admin |{"Headers": [{"Name": "X-Admin", "Mode": "Exists"}]}""",
        "lax * /v1/t Access=key",
        "without header 'x-admin' is judged here"
    )]
    [InlineData(
        """strict * /v1/t Access=key |{"Headers": [{"Name": "X-Mode", "Values": ["a"]}]}""",
        """lax * /v1/t Access=anonymous |{"Headers": [{"Name": "x-mode", "Mode": "NotExists"}]}""",
        "without header 'x-mode' is judged here"
    )]
    [InlineData(
        """strict * /v1/t Access=key |{"Headers": [{"Name": "X-Mode", "Mode": "NotExists"}]}""",
        "lax * /{**rest} Access=anonymous",
        "with header 'x-mode' is judged here"
    )]
    [InlineData(
        """strict * /v1/t Access=key |{"Headers": [{"Name": "A", "Mode": "Exists"}]}""",
        """lax * /v1/t Access=anonymous |{"Headers": [{"Name": "B", "Mode": "Exists"}]}""",
        "without header 'a' is judged here"
    )]
    // Query.
    [InlineData(
        """strict * /v1/t Access=key |{"QueryParameters": [{"Name": "v", "Values": ["2"]}]}""",
        "lax * /v1/t Access=anonymous",
        "without query parameter 'v' is judged here"
    )]
    // Hosts: a header like any other.
    [InlineData(
        """strict * /v1/t Access=key |{"Hosts": ["api.example.com"]}""",
        "lax * /{**rest} Access=anonymous",
        "for another host is judged here"
    )]
    public void LeavingOutAHeaderQueryOrHost_MustNotPickTheLaxerPolicy(string strict, string lax, string expected) =>
        AssertFallsThrough(strict, lax, expected);

    [Theory]
    [InlineData(
        "strict GET /v1/t Access=key Environments=production",
        "lax * /v1/t Access=key",
        "takes keys of sandbox"
    )]
    [InlineData("strict GET /v1/t Access=key Cluster.production=c", "lax * /v1/t Access=key", "takes keys of sandbox")]
    [InlineData("strict GET /v1/t Access=key", "lax * /v1/t Access=key Wallet=any", "judges wallets by 'any'")]
    [InlineData(
        "strict GET /v1/{w} Access=key Wallet={w}",
        "lax * /v1/{w} Access=key Wallet=query:w",
        "judges wallets by 'query:w'"
    )]
    public void LaxerIs_WhatLetsThroughWhatTheOtherRefuses(string strict, string lax, string expected) =>
        AssertFallsThrough(strict, lax, expected);

    [Theory]
    // Each says what it takes.
    [InlineData("a GET /v1/t/{**rest} Permissions=t:read", "b POST,DELETE /v1/t/{**rest} Permissions=t:write")]
    // The route that says nothing is as strict.
    [InlineData("a GET /v1/t Permissions=t:read", "b * /v1/t Permissions=t:read_t:write")]
    [InlineData("a GET /v1/t Access=anonymous", "b * /v1/t Access=key")]
    [InlineData("a GET /v1/t Access=key Wallet=any", "b * /v1/t Access=key")]
    [InlineData("a GET /v1/t Access=key", "b * /v1/t Access=key Environments=sandbox Cluster.sandbox=c")]
    // Another path is another thing.
    [InlineData("a * /v1/admin/{**rest} Permissions=admin", "b * /{**rest} Access=anonymous")]
    [InlineData("a GET /v1/t Access=key", "b * /v2/{**rest} Access=anonymous")]
    [InlineData("a GET /v1/t Access=key", "b * /v1/t/{id} Access=anonymous")]
    [InlineData("a GET /v1/me Access=key", "b * /v1/{id:int} Access=anonymous")]
    [InlineData("a GET /v1/x{id} Access=key", "b * /v1/y{id} Access=anonymous")]
    // The host is another on both.
    [InlineData(
        """a GET /{**rest} Access=key |{"Hosts": ["api.example.com"]}""",
        """b * /{**rest} Access=anonymous |{"Hosts": ["www.example.com"]}"""
    )]
    // The header that is missing cannot reach the other, whose methods are others.
    [InlineData(
        """a POST /v1/t Access=key |{"Headers": [{"Name": "A", "Mode": "Exists"}]}""",
        "b GET /v1/t Access=anonymous"
    )]
    public void SoundRoutes_AreTaken(string a, string b) =>
        Assert.Empty(RoutesText.Check(RoutesText.Of(a, b)).Problems);

    [Theory]
    [InlineData("rest * /v1/t/{**rest} Permissions=t:write")]
    [InlineData("rest POST,PUT,PATCH,DELETE,HEAD,OPTIONS /v1/t/{**rest} Permissions=t:write")]
    [InlineData("rest HEAD,POST /v1/t/{**rest} Access=key", "more PUT,PATCH,DELETE,OPTIONS /v1/t/{**rest} Access=key")]
    public void RouteInBetween_CatchesWhatIsMissed(params string[] between)
    {
        string[] lines = ["read GET /v1/t/{**rest} Permissions=t:write", "site * /{**rest} Access=anonymous"];

        Assert.DoesNotContain(
            RoutesText.Check(RoutesText.Of([.. lines, .. between])).Problems,
            p => p.Contains("'read'", StringComparison.Ordinal)
        );
        Assert.NotEmpty(RoutesText.Check(RoutesText.Of(lines)).Problems);
    }

    [Theory]
    [InlineData("between * /v1/t/only Permissions=t:read")]
    [InlineData("""between * /v1/t/{**rest} Permissions=t:read |{"Hosts": ["a.example.com"]}""")]
    [InlineData("""between * /v1/t/{**rest} Permissions=t:read |{"Headers": [{"Name": "A", "Mode": "Exists"}]}""")]
    public void RouteInBetween_ThatTakesLess_CatchesNothing(string between)
    {
        var problems = RoutesText
            .Check(
                RoutesText.Of(
                    "read GET /v1/t/{**rest} Permissions=t:read",
                    between,
                    "site * /{**rest} Access=anonymous"
                )
            )
            .Problems;

        Assert.Contains(
            problems,
            p => p.StartsWith("Routes:site: overlaps the stricter 'read'", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("a GET /v1/t Access=key", "b GET /V1/T Access=key")]
    [InlineData("a * /v1/{x} Access=key", "b * /v1/{y} Access=anonymous")]
    [InlineData("a GET,POST /v1/t Access=key", "b POST,PUT /v1/t Access=key")]
    [InlineData(
        """a * /v1/t Access=key |{"Headers": [{"Name": "A", "Values": ["1", "2"]}]}""",
        """b * /v1/t Access=key |{"Headers": [{"Name": "a", "Values": ["2", "1"]}]}"""
    )]
    [InlineData(
        """a * /v1/t Access=key |{"Hosts": ["*.example.com"]}""",
        """b * /v1/t Access=key |{"Hosts": ["api.example.com:443"]}"""
    )]
    public void RoutesThatRoutingCannotChooseBetween_AreAProblem(string a, string b) =>
        Assert.Contains(
            RoutesText.Check(RoutesText.Of(a, b)).Problems,
            p => p.Contains("neither comes first", StringComparison.Ordinal)
        );

    [Fact]
    public void Order_MustNotPutALaxerRouteFirst()
    {
        var problem = Assert.Single(
            RoutesText
                .Check(
                    RoutesText.Of(
                        "site * /{**rest} Access=anonymous |{\"Order\": -1}",
                        "admin * /v1/admin/{**rest} Permissions=admin"
                    )
                )
                .Problems
        );

        Assert.Equal("Routes:site:Order: puts it before the stricter 'admin': it needs no key", problem);
    }

    [Fact]
    public void Order_MayPutAStricterRouteFirst() =>
        Assert.Empty(
            RoutesText
                .Check(
                    RoutesText.Of(
                        "admin * /{**rest} Permissions=admin |{\"Order\": -1}",
                        "public * /public/{**rest} Access=anonymous"
                    )
                )
                .Problems
        );

    [Fact]
    public void LaxerPolicyForAHeaderTheClientSends_IsAWarning()
    {
        var routes = RoutesText.Check(
            RoutesText.Of(
                """hook POST /hooks Access=anonymous |{"Headers": [{"Name": "Signature", "Mode": "Exists"}]}""",
                "rest POST /hooks Access=key"
            )
        );

        Assert.Empty(routes.Problems);
        Assert.Equal(
            "Routes:hook: the client chooses between this and the stricter 'rest' by header 'signature': this needs no key",
            Assert.Single(routes.Warnings)
        );
    }

    [Fact]
    public void ThousandRoutes_AreCheckedWithinASecond()
    {
        var lines = Enumerable
            .Range(0, 500)
            .SelectMany(i =>
                new[]
                {
                    $"r{i} GET /v1/service{i / 10}/thing{i}/{{id}}/{{**rest}} Permissions=s{i}:read",
                    $"w{i} POST,PUT,DELETE /v1/service{i / 10}/thing{i}/{{id}}/{{**rest}} Permissions=s{i}:write",
                }
            );
        var text = RoutesText.Of([.. lines]);

        // The best of three, because tests run beside each other.
        var best = TimeSpan.MaxValue;
        for (var run = 0; run < 3; run++)
        {
            var start = TimeProvider.System.GetTimestamp();
            var routes = RoutesText.Check(text);
            var took = TimeProvider.System.GetElapsedTime(start);
            best = took < best ? took : best;
            Assert.Empty(routes.Problems);
            Assert.Equal(1_000, routes.Routes.Count);
        }

        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    // In whichever order the file has them.
    private static void AssertFallsThrough(string strict, string lax, string expected)
    {
        foreach (var lines in new[] { new[] { strict, lax }, [lax, strict] })
        {
            var problem = Assert.Single(RoutesText.Check(RoutesText.Of(lines)).Problems);
            Assert.StartsWith("Routes:lax: overlaps the stricter 'strict'", problem, StringComparison.Ordinal);
            Assert.Contains(expected, problem, StringComparison.Ordinal);
        }
    }
}
