namespace Gateway;

/// <summary>
/// Finds the route of a request as the serving process would, with ASP.NET's routing and YARP's endpoints, without a
/// server: nothing is listened on, and no upstream is asked (health checks are left out).
/// </summary>
internal sealed class RouteFinder : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly RequestDelegate _routing;

    public RouteFinder(CheckedRoutes routes, RouteContext context)
    {
        // Never started; it is there for the services that routing and YARP expect of a host.
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.Logging.ClearProviders();
        RoutesFile
            .AddChecker(builder.Services, context)
            .LoadFromMemory(routes.Routes, [.. routes.Clusters.Select(c => c with { HealthCheck = null })]);
        _host = builder.Build();

        var app = new ApplicationBuilder(_host.Services);
        app.UseRouting();
        app.Run(_ => Task.CompletedTask);
        app.UseEndpoints(endpoints => RoutePolicies.Attach(endpoints.MapReverseProxy(), context));
        _routing = app.Build();
    }

    /// <summary>Routes the request; its endpoint and route values are set afterwards as they would be.</summary>
    /// <returns>The policy; null when no route takes the request.</returns>
    public async Task<RoutePolicy?> FindAsync(HttpContext context)
    {
        context.RequestServices = _host.Services;
        await _routing(context);
        return context.GetEndpoint()?.Metadata.GetMetadata<RoutePolicy>();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
