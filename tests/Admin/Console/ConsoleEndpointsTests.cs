using Gateway.Admin;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What holds for every endpoint of the console, as the app itself lists them: a new page cannot be forgotten.</summary>
public sealed class ConsoleEndpointsTests : IAsyncLifetime
{
    // Of the console's GETs, those that are no pages.
    private static readonly Dictionary<string, string> NotPages = new(StringComparer.Ordinal)
    {
        ["/"] = "leads to the console",
        ["/console"] = "leads to the page where there is something to do",
        ["/console/assets/{name}"] = "style and script",
        ["/console/audit/audit.csv"] = "a file",
        ["/console/sign-in/provider"] = "leads to the identity provider",
    };

    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        var oidc = new (string, string)[]
        {
            ("Admin:Oidc:Authority", "http://127.0.0.1:1"),
            ("Admin:Oidc:ClientId", "console"),
            ("Admin:Oidc:ClientSecret", "secret"),
        };
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings(oidc));
        _browser = new ConsoleBrowser(_admin);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    private IReadOnlyList<RouteEndpoint> Endpoints =>
        [
            .. _admin
                .Services.GetServices<EndpointDataSource>()
                .SelectMany(s => s.Endpoints)
                .OfType<RouteEndpoint>()
                .Where(e =>
                    e.Metadata.GetMetadata<ConsoleRule>() is not null || ConsoleApp.IsPage(PathOf(e.RoutePattern, []))
                ),
        ];

    [Fact]
    public void EveryEndpoint_SaysWhoMayUseIt() =>
        Assert.All(Endpoints, e => Assert.NotNull(e.Metadata.GetMetadata<ConsoleRule>()));

    [Fact]
    public void EveryPage_IsLookedAtInABrowser()
    {
        var pages = Endpoints
            .Where(e => MethodsOf(e).Contains(HttpMethods.Get))
            .Select(e => e.RoutePattern.RawText is { Length: > 1 } text ? text.TrimEnd('/') : "/")
            .Where(p => !NotPages.ContainsKey(p))
            .ToHashSet(StringComparer.Ordinal);
        Assert.True(pages.Count >= 8);
        Assert.Equal(
            pages.Order(StringComparer.Ordinal),
            View.All.Select(v => v.Route).Distinct().Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EveryEndpoint_AnswersWithTheHeaders_WhateverItAnswers(bool isSignedIn)
    {
        if (isSignedIn)
            await _browser.SignInAsync();
        var account = await _admin.AddAccountAsync();
        var (key, _) = await _admin.IssueKeyAsync(account.Id);
        var values = new Dictionary<string, string> { ["accountId"] = account.Id, ["id"] = key };
        var asked = 0;
        foreach (var endpoint in Endpoints)
        {
            foreach (var method in MethodsOf(endpoint))
            {
                var path = PathOf(endpoint.RoutePattern, values);
                var answer = await _browser.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
                ConsoleSafetyTests.AssertHeaders($"{method} {path}", answer);
                Assert.Equal("no-store", answer.Headers["Cache-Control"]);
                asked++;
            }
        }
        Assert.True(asked >= 20, $"{asked}");
    }

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods;

    // A parameter that is not given is "x".
    private static string PathOf(RoutePattern pattern, Dictionary<string, string> values) =>
        "/"
        + string.Join(
            '/',
            pattern.PathSegments.Select(s =>
                string.Concat(
                    s.Parts.Select(p =>
                        p is RoutePatternParameterPart parameter
                            ? values.GetValueOrDefault(parameter.Name, "x")
                            : ((RoutePatternLiteralPart)p).Content
                    )
                )
            )
        );
}
