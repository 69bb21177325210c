using System.Net;
using Gateway.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Tests;

/// <summary>
/// The edge without the decision: Kestrel, the guard, the client address, the reserved headers and YARP in front of a
/// <see cref="RecordingUpstream"/>. Everything is routed, so what is refused here was refused by the edge. A refusal's
/// internal detail is its body.
/// </summary>
public sealed class EdgeHost : IAsyncDisposable
{
    private readonly WebApplication _server;

    private EdgeHost(WebApplication server, RecordingUpstream upstream)
    {
        _server = server;
        Upstream = upstream;
        var addresses = _server
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses;
        (Address, Http2Address) = (addresses.First(), addresses.Last());
    }

    /// <summary>Knows the default environments.</summary>
    public static KeyFormat Format { get; } = new(new KeyOptions());

    /// <summary>A well-formed key, new for each run.</summary>
    public static string Key { get; } = Format.Generate(Format.Environments[0]);

    /// <summary>Root of the HTTP/1.1 listener, without a slash at the end.</summary>
    public string Address { get; }

    /// <summary>Root of the listener for HTTP/2 with prior knowledge.</summary>
    public string Http2Address { get; }

    /// <summary>What is behind the edge.</summary>
    public RecordingUpstream Upstream { get; }

    /// <summary>Starts on free ports.</summary>
    /// <param name="trustedProxies">CIDRs.</param>
    /// <param name="clientAddressHeader">The header they are believed in.</param>
    /// <param name="allowEncoded">What every route allows.</param>
    /// <param name="transforms">YARP's, for every route.</param>
    /// <param name="maxBody">Largest body in bytes.</param>
    public static async Task<EdgeHost> StartAsync(
        string[]? trustedProxies = null,
        string clientAddressHeader = "X-Forwarded-For",
        string allowEncoded = "",
        IReadOnlyList<IReadOnlyDictionary<string, string>>? transforms = null,
        long maxBody = 1 << 20
    )
    {
        var upstream = new RecordingUpstream();
        // Empty, so that no settings file that lies around has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting().AddSingleton<Upstream>();
        builder.WebHost.UseKestrel(options =>
        {
            KestrelSetup.Apply(options, maxBody);
            options.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http1);
            options.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2);
        });
        builder
            .Services.AddReverseProxy()
            .LoadFromMemory([Route(transforms)], [Cluster(upstream)])
            .AddTransforms<ForwardedTarget>()
            .AddTransforms<UpstreamHeaders>()
            .ConfigureHttpClient(UpstreamClient.Configure);
        List<string> problems = [];
        var addresses = ClientAddress.Read(trustedProxies ?? [], clientAddressHeader, problems);
        Assert.Empty(problems);
        builder.Services.AddSingleton(addresses);
        var app = builder.Build();
        var allowed = EncodedSet.Parse(allowEncoded, out var problem);
        Assert.Null(problem);
        var guard = new RequestGuard(Format);
        app.Use(next => context => JudgeAsync(context, next, guard, addresses, allowed));
        app.MapReverseProxy();
        await app.StartAsync();
        return new EdgeHost(app, upstream);
    }

    /// <summary>Sends bytes to the HTTP/1.1 listener.</summary>
    public Task<RawExchange> SendAsync(string bytes, int expected = 1, bool watchClose = false) =>
        RawHttp.SendAsync(Address, bytes, expected, watchClose);

    /// <summary>Sends a GET for a target.</summary>
    /// <param name="target">As it goes over the wire.</param>
    /// <param name="headers">More header lines, each with its line end.</param>
    public Task<RawExchange> GetAsync(string target, string headers = "") =>
        SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    private static async Task JudgeAsync(
        HttpContext context,
        RequestDelegate next,
        RequestGuard guard,
        ClientAddress addresses,
        EncodedSet allowed
    )
    {
        var result = guard.Judge(context);
        var isAllowed = RequestGuard.EscapesOf(context).IsWithin(allowed);
        if (result.Refusal is null && isAllowed && addresses.TryResolve(context, out _))
        {
            ReservedHeaders.Strip(context.Request.Headers);
            context.Request.Headers["X-Gateway-Key-Id"] = "key_1";
            await next(context);
            return;
        }

        if (result.CloseConnection)
            RequestGuard.Close(context);
        context.Response.StatusCode = Denials.For(result.Refusal ?? DenyReason.BadRequest).Status;
        if (context.Request.Method is not "HEAD")
            await context.Response.WriteAsync(result.Detail ?? "refused after routing");
    }

    private static RouteConfig Route(IReadOnlyList<IReadOnlyDictionary<string, string>>? transforms) =>
        new()
        {
            RouteId = "all",
            ClusterId = "upstream",
            Match = new RouteMatch { Path = "/{**rest}" },
            Transforms = transforms,
        };

    private static ClusterConfig Cluster(RecordingUpstream upstream) =>
        new()
        {
            ClusterId = "upstream",
            Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream.Address } },
        };
}
