using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary>A part of YARP's pipeline that only some requests take; its own steps can be added to none but its own kind of
/// builder.</summary>
internal sealed class ProxyBranch(IApplicationBuilder branch) : IReverseProxyApplicationBuilder
{
    /// <inheritdoc/>
    public IServiceProvider ApplicationServices
    {
        get => branch.ApplicationServices;
        set => branch.ApplicationServices = value;
    }

    /// <inheritdoc/>
    public IFeatureCollection ServerFeatures => branch.ServerFeatures;

    /// <inheritdoc/>
    public IDictionary<string, object?> Properties => branch.Properties;

    /// <inheritdoc/>
    public RequestDelegate Build() => branch.Build();

    /// <inheritdoc/>
    public IApplicationBuilder New() => branch.New();

    /// <inheritdoc/>
    public IApplicationBuilder Use(Func<RequestDelegate, RequestDelegate> middleware)
    {
        branch.Use(middleware);
        return this;
    }
}
