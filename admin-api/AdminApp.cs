using Gateway.Keys;
using Gateway.Listeners;
using Gateway.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Admin;

/// <summary>The control plane: what it is made of and what it serves, in reading order.</summary>
public static class AdminApp
{
    private const string DefaultUrl = "http://127.0.0.1:8081";

    /// <summary>Builds the process without starting it.</summary>
    /// <param name="args">Command line: settings as <c>--Section:Name=value</c>.</param>
    /// <param name="configure">Last word on services and settings, for tests.</param>
    /// <exception cref="SettingsException">Lists every problem of the settings.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = NewBuilder(args);
        Logs.Configure(builder);
        configure?.Invoke(builder);
        Listen(builder);
        var settings = AdminSettings.Read(builder.Configuration);
        ServerCertificates.Require(builder.Configuration, builder.Environment);
        AddServices(builder.Services, settings);

        var app = builder.Build();
        app.UseMiddleware<ErrorBoundary>();
        app.UseRouting();
        app.UseMiddleware<Gate>();
        if (settings.Admin.Console.IsOn)
        {
            app.UseMiddleware<ConsoleGate>();
            // After the gate, so that the way back from an identity provider has passed it too.
            if (settings.Admin.Oidc.IsOn)
                app.UseAuthentication();
            ConsoleApp.Map(app);
        }
        MapEndpoints(app);
        app.RequireAccessRules();
        Tracing.Export(app, settings.Otlp, "admin-api");
        return app;
    }

    /// <summary>The settings of the process and of its commands alike: they lie beside the executable, wherever it is
    /// started from.</summary>
    internal static WebApplicationBuilder NewBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }
        );
        SecretFiles.Add(builder.Configuration);
        return builder;
    }

    /// <summary>Where the process listens with these settings; the first endpoint when there are several.</summary>
    public static string ListenUrl(IConfiguration configuration) =>
        configuration
            .GetSection("Kestrel:Endpoints")
            .GetChildren()
            .Select(e => e["Url"])
            .FirstOrDefault(u => u is not null)
        ?? configuration["urls"]?.Split(';')[0]
        ?? DefaultUrl;

    private static void MapEndpoints(WebApplication app)
    {
        Health.Map(app);
        AdminMetrics.Map(app);
        app.MapOpenApi("/openapi/v1.json").OpenToAnyone();

        MapKeys(app.MapGroup("/v1/api-keys"));
        MapKeys(app.MapGroup("/v1/accounts/{accountId}/api-keys"));
        MapAccounts(app.MapGroup("/v1/accounts"));
        MapAccount(app.MapGroup("/v1/accounts/{accountId}"));
        MapOperators(app.MapGroup("/v1/operators"));
        ListAudit.Map(app);
        ReportLeaks.Map(app);
        RevokeHeldKey.Map(app);
        ListGateways.Map(app);
        GetChange.Map(app);
    }

    private static void MapAccounts(RouteGroupBuilder accounts)
    {
        ListAccounts.Map(accounts);
        CreateAccount.Map(accounts);
    }

    private static void MapAccount(RouteGroupBuilder account)
    {
        GetAccount.Map(account);
        UpdateAccount.Map(account);
        GetEligibility.Map(account);
        MapWallets(account.MapGroup("/wallets"));
        MapPeople(account.MapGroup("/people"));
    }

    private static void MapWallets(RouteGroupBuilder wallets)
    {
        ListWallets.Map(wallets);
        CreateChallenge.Map(wallets);
        LinkWallet.Map(wallets);
        UnlinkWallet.Map(wallets);
    }

    private static void MapPeople(RouteGroupBuilder people)
    {
        ListPeople.Map(people);
        InvitePerson.Map(people);
        RemovePerson.Map(people);
    }

    private static void MapOperators(RouteGroupBuilder operators)
    {
        ListOperators.Map(operators);
        CreateOperator.Map(operators);
        RemoveOperator.Map(operators);
    }

    private static void MapKeys(RouteGroupBuilder keys)
    {
        ListKeys.Map(keys);
        CreateKey.Map(keys);
        GetKey.Map(keys);
        UpdateKey.Map(keys);
        RotateKey.Map(keys);
        SwitchKey.Map(keys);
        RevokeKey.Map(keys);
        RevokeAllKeys.Map(keys);
    }

    private static void AddServices(IServiceCollection services, AdminSettings settings)
    {
        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings.Database);
        // First, so that the embedded database has its schema before anything reads it.
        services.AddSingleton<Schema>();
        services.AddHostedService(s => s.GetRequiredService<Schema>());
        services.AddSingleton<FleetWatch>();
        services.AddHostedService(s => s.GetRequiredService<FleetWatch>());
        if (settings.Redis.IsSet)
            services.AddSingleton(s => new RedisHint(settings.Redis, s.GetRequiredService<ILogger<RedisHint>>()));
        services.AddSingleton(s => new AdminServices(
            settings,
            settings.Database,
            settings.KeyFormat,
            settings.KeyHasher,
            s.GetRequiredService<FleetWatch>(),
            s.GetService<RedisHint>(),
            s.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<Authenticator>();
        services.AddSingleton(s => new LineLimits(ActorLimits.MaxLines, s.GetRequiredService<TimeProvider>()));
        services.AddHostedService<LimitSweep>();
        services.AddSingleton<ActorLimits>();
        services.AddSingleton<RevocationLimit>();
        services.AddSingleton<ReportRoom>();
        services.AddSingleton<LeakedTokens>();
        services.AddSingleton<HeldRevocations>();
        services.AddHostedService(s => s.GetRequiredService<HeldRevocations>());
        services.AddHostedService<SettingsNotice>();
        services.TryAddSingleton<LostConnections>();
        services.TryAddSingleton<HeapValve>();
        services.TryAddSingleton(
            new Strangers(ServerLimits.Connections / Strangers.ShareOfConnections, [settings.TrustedProxies])
        );
        services.AddSingleton<ServerCertificates>();
        services.AddHostedService(s => s.GetRequiredService<ServerCertificates>());
        services.AddSingleton<AdminMetrics>();
        services.AddSingleton<Retention>();
        services.AddHostedService(s => s.GetRequiredService<Retention>());
        if (settings.Admin.Console.IsOn)
            ConsoleApp.AddServices(services, settings.Admin);
        services.ConfigureHttpJsonOptions(o => Json.Apply(o.SerializerOptions));
        services.AddOpenApi(options => ApiDocument.Configure(options));
    }

    private static void Listen(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            ServerLimits.Apply(kestrel);
            var lost = kestrel.ApplicationServices.GetRequiredService<LostConnections>();
            var valve = kestrel.ApplicationServices.GetRequiredService<HeapValve>();
            var strangers = kestrel.ApplicationServices.GetRequiredService<Strangers>();
            kestrel.ConfigureEndpointDefaults(listener =>
            {
                listener.Use(lost.Wrap);
                listener.Use(strangers.Wrap);
                valve.Guard(listener);
            });
            kestrel.ApplicationServices.GetRequiredService<ServerCertificates>().Apply(kestrel);
        });
        // Loopback unless told otherwise, in any of the framework's ways.
        var configuration = builder.Configuration;
        var isTold = new[] { "urls", "http_ports", "https_ports" }.Any(name =>
            !string.IsNullOrEmpty(configuration[name])
        );
        if (!isTold && !configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultUrl);
    }
}
