extern alias DataPlane;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using LostConnections = DataPlane::Gateway.Listeners.LostConnections;

namespace Gateway.Tests;

/// <summary>A server with one place, and what is served there never ends by itself.</summary>
public sealed class LostConnectionsTests : IAsyncLifetime
{
    private readonly RecordingLog _log = new();
    private readonly TaskCompletionSource _never = new();
    private WebApplication _server = null!;
    private int _begun;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = 1;
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listener =>
                {
                    listener.Use(
                        new LostConnections(TimeProvider.System, Logger(kestrel)) { Patience = TimeSpan.Zero }.Wrap
                    );
                    listener.Use(Serve);
                }
            );
        });
        _server = builder.Build();
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task ConnectionWhoseClientIsGone_GivesItsPlaceBack_ThoughItNeverEnds()
    {
        using (await ConnectAsync())
            await Eventually.TrueAsync(() => Volatile.Read(ref _begun) == 1);
        await Eventually.TrueAsync(() => _log.Text.Contains("was let go", StringComparison.Ordinal));

        using var next = await ConnectAsync();

        await Eventually.TrueAsync(() => Volatile.Read(ref _begun) == 2);
    }

    [Fact]
    public async Task ConnectionWhoseClientIsThere_KeepsItsPlace()
    {
        using var first = await ConnectAsync();
        await Eventually.TrueAsync(() => Volatile.Read(ref _begun) == 1);

        using var second = await ConnectAsync();
        // There is no place for it, so it is closed.
        Assert.Equal(0, await second.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));

        Assert.Equal(1, Volatile.Read(ref _begun));
        Assert.DoesNotContain("was let go", _log.Text, StringComparison.Ordinal);
    }

    private static ILogger<LostConnections> Logger(KestrelServerOptions kestrel) =>
        kestrel.ApplicationServices.GetRequiredService<ILogger<LostConnections>>();

    private ConnectionDelegate Serve(ConnectionDelegate next) =>
        _ =>
        {
            Interlocked.Increment(ref _begun);
            return _never.Task;
        };

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        var port = new Uri(_server.Urls.Single()).Port;
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        return client;
    }
}
