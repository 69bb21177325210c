using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Model;

namespace Gateway.Tests;

/// <summary>Routes as YARP serves them: each with its own policy, chosen in the order the overlap check assumes.</summary>
public sealed class RouteServingTests : IAsyncDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly HttpClient _client = new();
    private WebApplication? _app;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        File.Delete(_path);
    }

    [Fact]
    public async Task PolicyAndRoute_ComeFromTheSameVersion_AlsoAfterAReload()
    {
        await ServeAsync(RoutesText.Of("a * /a/{**rest} Permissions=a:read"));
        Assert.Equal("a a:read c", await GetAsync("/a/x"));

        await File.WriteAllTextAsync(_path, RoutesText.Of("a * /a/{**rest} Permissions=a:write Cluster.sandbox=c"));
        var answer = "";
        for (var tries = 0; !answer.Contains("write", StringComparison.Ordinal) && tries < 100; tries++)
        {
            await Task.Delay(50);
            answer = await GetAsync("/a/x");
        }

        Assert.Equal("a a:write gateway:by-environment", answer);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(new Uri(_client.BaseAddress!, "/b"))).StatusCode);
    }

    // Each pair takes the request of its line; the routes are served together, each pair under a folder of its own.
    [Fact]
    public async Task RouteThatRoutingChooses_IsTheOneTheCheckAssumes()
    {
        const string header = """{"Headers": [{"Name": "A", "Mode": "Exists"}]}""";
        const string two = """{"Headers": [{"Name": "A", "Mode": "Exists"}, {"Name": "B", "Mode": "NotExists"}]}""";
        const string query = """{"QueryParameters": [{"Name": "q", "Mode": "Exists"}]}""";
        const string host = """{"Hosts": ["127.0.0.1"]}""";
        (string, string)[] pairs =
        [
            ("* /x", "* /{y}"),
            ("* /{y}", "* /{**r}"),
            ("* /{y:alpha}", "* /{y}"),
            ("* /{y}", "GET /{**r}"),
            ("GET /x", "* /x"),
            ("GET /x", $"* /x |{header}"),
            ($"* /x |{host}", $"* /x |{header}"),
            ($"* /x |{header}", $"* /x |{query}"),
            ($"* /x |{two}", $"* /x |{header}"),
            ($"* /x |{query}", "* /x"),
            ("* /{**r} |{\"Order\": -1}", "GET /x"),
            ("* /x", "* /x |{\"Order\": 1}"),
            ("GET /x", "GET,POST /X"),
            ("* /{y}", "* /{z}"),
        ];
        var lines = pairs.SelectMany((p, i) => new[] { Line($"first{i}", i, p.Item1), Line($"second{i}", i, p.Item2) });
        await ServeAsync(RoutesText.Of([.. lines]), check: false);
        var routes = Judged();

        for (var i = 0; i < pairs.Length; i++)
        {
            var expected = JudgedRoute.Compare(routes[$"first{i}"], routes[$"second{i}"]);
            Assert.InRange(expected, int.MinValue, 0);
            var answer = await GetAsync($"/{i}/x?q=1");
            Assert.Equal(expected < 0 ? $"first{i}" : "ambiguous", answer.Split(' ')[0]);
        }
        Assert.Equal(
            2,
            pairs.Where((_, i) => JudgedRoute.Compare(routes[$"first{i}"], routes[$"second{i}"]) == 0).Count()
        );

        static string Line(string id, int folder, string route)
        {
            var words = route.Split(' ', 3);
            return $"{id} {words[0]} /{folder}{words[1]} Access=key {(words.Length > 2 ? words[2] : "")}";
        }
    }

    private Dictionary<string, JudgedRoute> Judged()
    {
        var constraints = _app!.Services.GetRequiredService<ParameterPolicyFactory>();
        return _app
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(e =>
                (e.Metadata.GetMetadata<RouteModel>()!.Config, e.Metadata.GetMetadata<RoutePolicy>()!, e.RoutePattern)
            )
            .ToDictionary(
                e => e.Config.RouteId,
                e => new JudgedRoute(e.Config, e.Item2, new RoutePath(e.RoutePattern, constraints))
            );
    }

    private async Task<string> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_client.BaseAddress!, path));
        request.Headers.Add("A", "1");
        using var response = await _client.SendAsync(request);
        return response.StatusCode == HttpStatusCode.InternalServerError
            ? "ambiguous"
            : await response.Content.ReadAsStringAsync();
    }

    private async Task ServeAsync(string routes, bool check = true)
    {
        await File.WriteAllTextAsync(_path, routes);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = Path.GetTempPath() });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        if (check)
        {
            RoutesFile.Add(builder.Services, _path, RoutesText.Context);
        }
        else
        {
            var section = new ConfigurationBuilder().AddJsonFile(_path).Build();
            builder.Services.AddReverseProxy().LoadFromConfig(section.GetSection("ReverseProxy"));
        }
        _app = builder.Build();
        RoutePolicies.Attach(_app.MapReverseProxy(pipeline => pipeline.Run(AnswerAsync)), RoutesText.Context);
        await _app.StartAsync();
        _client.BaseAddress = new Uri(_app.Urls.Single());
    }

    private static Task AnswerAsync(HttpContext context)
    {
        var policy = context.GetEndpoint()!.Metadata.GetMetadata<RoutePolicy>()!;
        var cluster = context.GetReverseProxyFeature().Cluster.Config.ClusterId;
        return context.Response.WriteAsync($"{policy.RouteId} {policy.ScopeText} {cluster}");
    }
}
