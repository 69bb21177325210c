using System.CommandLine;
using Gateway.Telemetry;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Load;

/// <summary>
/// YARP without a check: what the gateway is measured against. Server, client and headers are as the gateway's: it takes
/// off the credential and sends what the gateway sends about a key, by the cheapest way there is.
/// </summary>
internal static class BareCommand
{
    // Of one key, written out once, as the gateway has them.
    private static readonly (string Name, StringValues Value)[] Identity =
    [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", "127.0.0.1"),
        ("X-Gateway-Request-Id", "AAAAAAAAAAA-0000000001"),
        ("X-Gateway-Key-Id", "key_01a202e654b27df2b0e458591009cb2d"),
        ("X-Gateway-Account-Id", "acc_01a202e64cd37670b9568df5d979ddc2"),
        ("X-Gateway-Environment", "production"),
        ("X-Gateway-Permissions", "read"),
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "Where it listens.", Required = true };
        var upstream = new Option<string>("--upstream") { Description = "What it forwards to.", Required = true };
        var command = new Command("bare", "Serve as YARP does without a key check.") { url, upstream };
        command.SetAction(
            (result, stop) => RunAsync(result.GetRequiredValue(url), result.GetRequiredValue(upstream), stop)
        );
        return command;
    }

    private static async Task RunAsync(string url, string upstream, CancellationToken stop)
    {
        var options = new GatewayOptions();
        HostTuning.Apply(options);
        var builder = WebApplication.CreateBuilder();
        Logs.Configure(builder);
        HostTuning.Apply(builder.WebHost, options);
        builder
            .WebHost.UseUrls(url)
            .ConfigureKestrel(kestrel => KestrelSetup.Apply(kestrel, options.MaxRequestBodyBytes));
        builder
            .Services.AddReverseProxy()
            .ConfigureHttpClient(UpstreamClient.Configure)
            .LoadFromMemory(
                [
                    new RouteConfig
                    {
                        RouteId = "all",
                        ClusterId = "up",
                        Match = new RouteMatch { Path = "/v1/read/{**rest}" },
                        // The gateway sets X-Forwarded-For itself.
                        Transforms =
                        [
                            new Dictionary<string, string>(StringComparer.Ordinal) { ["X-Forwarded"] = "Off" },
                        ],
                    },
                ],
                [
                    new ClusterConfig
                    {
                        ClusterId = "up",
                        Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal)
                        {
                            ["one"] = new() { Address = upstream },
                        },
                    },
                ]
            );
        await using var app = builder.Build();
        app.MapReverseProxy(pipeline =>
        {
            pipeline.Use((context, next) => Identify(context, next));
            pipeline.UseSessionAffinity();
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        });
        await app.StartAsync(stop);
        await app.WaitForShutdownAsync(stop);
    }

    private static Task Identify(HttpContext context, RequestDelegate next)
    {
        var headers = context.Request.Headers;
        headers.Authorization = default;
        foreach (var (name, value) in Identity)
            headers[name] = value;
        return next(context);
    }
}
