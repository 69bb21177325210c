using Gateway.Keys;
using Gateway.Listeners;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway;

/// <summary>Puts the data plane together. Reads like a table of contents; each part has its own file.</summary>
public static class GatewayApp
{
    /// <summary>Builds the process without starting it.</summary>
    /// <param name="args">Command line settings.</param>
    /// <param name="configure">A last word before services are added: settings and clock of a test.</param>
    /// <exception cref="SettingsException">Settings or routes cannot be used; lists every problem.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // The settings lie beside the executable, wherever it is started from.
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }
        );
        Logs.Configure(builder);
        SecretFiles.Add(builder.Configuration);
        configure?.Invoke(builder);
        var settings = GatewaySettings.Read(builder.Configuration);
        ServerCertificates.Require(builder.Configuration, builder.Environment);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings.Gateway));
        HostTuning.Apply(builder.WebHost, settings.Gateway);
        builder.Services.Configure<HostOptions>(o =>
            o.ShutdownTimeout = TimeSpan.FromSeconds(settings.Gateway.DrainDelaySeconds + settings.Gateway.DrainSeconds)
        );
        AddServices(builder.Services, settings);
        var app = builder.Build();
        Map(app);
        Tracing.Export(app, settings.Otlp, "gateway");
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, GatewayOptions options)
    {
        KestrelSetup.Apply(kestrel, options.MaxRequestBodyBytes);
        var services = kestrel.ApplicationServices;
        var lost = services.GetRequiredService<LostConnections>();
        var valve = services.GetRequiredService<HeapValve>();
        var strangers = services.GetRequiredService<Strangers>();
        var proxies = services.GetRequiredService<ProxyProtocol>();
        // Every listener, however it was told of.
        kestrel.ConfigureEndpointDefaults(listener =>
        {
            listener.Use(lost.Wrap);
            listener.Use(strangers.Wrap);
            valve.Guard(listener);
        });
        services
            .GetRequiredService<ServerCertificates>()
            .Apply(
                kestrel,
                (name, listener) =>
                {
                    if (options.ProxyProtocol.Takes(name))
                        listener.Use(proxies.Wrap).Use(strangers.Wrap);
                }
            );
    }

    private static void AddServices(IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(settings.Keys).AddSingleton(settings.Changes);
        services.AddSingleton(settings.Gateway).AddSingleton(settings.Cache).AddSingleton(settings.LastUsed);
        services.AddSingleton(settings.Ops).AddSingleton(settings.Redis).AddSingleton(settings.Roles);
        services.AddSingleton(settings.Limits);
        services.AddSingleton(settings.KeyFormat).AddSingleton(settings.KeyHasher);
        services.AddSingleton(
            new FleetIdentity(settings.Gateway.InstanceId, SettingsHash.Compute(settings.Keys, settings.Roles))
        );
        services.TryAddSingleton(BootClock.Best);
        // Handed over, so that it is closed with the process.
        services.AddSingleton(_ => settings.Database);

        // Listeners, and what a stop begins with.
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<ProxyProtocol>(s, settings.ProxyPeers));
        services.TryAddSingleton<LostConnections>();
        services.TryAddSingleton<HeapValve>();
        services.AddSingleton(
            new Strangers(
                settings.Limits.StrangersOf(KestrelSetup.Connections),
                [settings.Addresses.Trusted, settings.ProxyPeers]
            )
        );
        services.AddHosted<ServerCertificates>().AddHosted<Drain>();

        // The edge: decided once, before anything else looks at the request.
        services.TryAddSingleton<RequestGuard>();
        services.AddSingleton(settings.Addresses);

        // The decision.
        services.AddSingleton<Lease>().AddSingleton<KeyReader>().AddSingleton<KnownHashes>();
        services.AddSingleton<KeyCache>().AddSingleton<KeyGate>();
        services.AddSingleton<OpenStreams>().AddSingleton<StreamChanges>().AddSingleton<StreamAdmission>();
        services.AddSingleton(s => new LineLimits(settings.Limits.MaxLines, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RateLimiter>().AddSingleton<RefusalBudgets>().AddSingleton<LimitMetrics>();
        services.TryAddSingleton<KeylessRequests>();
        services.AddSingleton<Readiness>();
        services.TryAddSingleton<Upstream>();
        services.AddSingleton<Decisions>().AddSingleton<GatewayMetrics>();

        // What runs beside the requests. Services start in this order, before the server, and stop in reverse, after it:
        // uses are flushed and the row is closed after the last decision.
        services.AddHosted<ChangeFollower>().AddHosted<StreamSweep>();
        services.AddHosted<KnownHashesLoader>().AddHosted<UsageRecorder>();
        services
            .AddHosted<HintListener>()
            .AddHosted<SqliteHints>()
            .AddHosted<RedisLink>()
            .AddHosted<LiveGateways>()
            .AddHosted<LimitSweep>()
            .AddHosted<SettingsWatch>()
            .AddHosted<RoutesNotice>()
            .AddHosted<OpsServer>();

        services.AddRoutes(settings);
    }

    private static void Map(WebApplication app)
    {
        var routes = app.Services.GetRequiredService<RoutesFile>();
        routes.Load();
        if (app.Services.GetRequiredService<GatewayOptions>().AccessLog)
            app.UseMiddleware<AccessLog>();
        app.UseMiddleware<Edge>();
        app.UseRouting();
        app.UseMiddleware<Unrouted>();
        app.UseRequestTimeouts(); // for routes that state Timeout; YARP answers 500 for them without
        var gate = app.Services.GetRequiredService<KeyGate>();
        var proxy = app.MapReverseProxy(pipeline =>
        {
            pipeline.Use(gate.InvokeAsync);
            pipeline.UseSessionAffinity();
            pipeline.UseLoadBalancing();
            // For clusters that have them: for the others it would only wait for what comes after it.
            pipeline.UseWhen(ClusterChecksPassively, checks => new ProxyBranch(checks).UsePassiveHealthChecks());
        });
        RoutePolicies.Attach(
            proxy,
            app.Services.GetRequiredService<RouteContext>(),
            app.Services.GetRequiredService<IProxyStateLookup>()
        );
    }

    private static bool ClusterChecksPassively(HttpContext context) =>
        context.GetReverseProxyFeature().Cluster.Config.HealthCheck?.Passive?.Enabled == true;

    private static IServiceCollection AddHosted<T>(this IServiceCollection services)
        where T : class, IHostedService =>
        services.AddSingleton<T>().AddHostedService(provider => provider.GetRequiredService<T>());

    private static void AddRoutes(this IServiceCollection services, GatewaySettings settings)
    {
        var context = RouteCommands.ContextOf(settings.KeyFormat, settings.Changes);
        services.AddSingleton(context);
        RoutesFile.Add(services, settings.Gateway.RoutesFile, context);
        // YARP adds it, and with it the host would authorize every request: no route can state a policy.
        services.RemoveAll<IAuthorizationHandlerProvider>();
        // Last: it looks at the response as the client will see it.
        services.AddSingleton<ITransformProvider, UpstreamHeaders>();
        services.AddSingleton<ITransformProvider>(s => new StreamResponses(new(s.GetRequiredService<StreamAdmission>)));
    }
}
