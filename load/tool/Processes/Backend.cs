using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Load;

/// <summary>An upstream in this process that answers everything with two bytes: at once, or after a while where the path
/// ends in <c>/slow</c>.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private static readonly byte[] Body = "ok"u8.ToArray();

    private static readonly TimeSpan AWhile = TimeSpan.FromMilliseconds(250);

    private readonly WebApplication _app;

    private Backend(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Url =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts it.</summary>
    public static async Task<Backend> StartAsync()
    {
        // Empty, so that no settings file that happens to lie here says where it listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            if (context.Request.Path.Value!.EndsWith("/slow", StringComparison.Ordinal))
                await Task.Delay(AWhile, context.RequestAborted);
            context.Response.ContentLength = Body.Length;
            await context.Response.Body.WriteAsync(Body);
        });
        await app.StartAsync();
        return new Backend(app);
    }

    /// <summary>A routes file that sends to it what has <see cref="SeededKeys.Permission"/>.</summary>
    /// <param name="file">Where to write it.</param>
    /// <param name="count">Routes, <c>/v1/r0/…</c> and so on; all alike but for their paths.</param>
    public async Task WriteRoutesAsync(string file, int count = 1)
    {
        var routes = Enumerable
            .Range(0, count)
            .Select(i =>
                $$"""
                    "r{{i}}": { "ClusterId": "up", "Match": { "Path": "/v1/r{{i}}/{**rest}" },
                      "Metadata": { "Permissions": "{{SeededKeys.Permission}}" } }
                    """
            );
        await File.WriteAllTextAsync(
            file,
            $$"""
            { "ReverseProxy": { "Routes": { {{string.Join(",\n", routes)}} },
              "Clusters": { "up": { "Destinations": { "one": { "Address": "{{Url}}" } } } } } }
            """
        );
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
