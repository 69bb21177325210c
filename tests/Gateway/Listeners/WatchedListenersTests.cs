extern alias ControlPlane;
extern alias DataPlane;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests;

/// <summary>Every listener of both processes lets go of connections that never end. Here no request ever does.</summary>
public sealed class WatchedListenersTests : IDisposable
{
    private const string LetGo = "was let go";

    private readonly TestCertificates _certificates = new();
    private readonly NeverAnswers _application = new();

    private Dictionary<string, string?> Settings
    {
        get
        {
            var (certificate, key) = _certificates.Issue("localhost");
            return new()
            {
                ["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0",
                ["Kestrel:Endpoints:Https:Certificate:Path"] = certificate,
                ["Kestrel:Endpoints:Https:Certificate:KeyPath"] = key,
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task EveryListenerOfTheGateway_LetsGoOfWhatNeverEnds()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            Settings,
            configure: Impatient<DataPlane::Gateway.Listeners.LostConnections>(s =>
                new(TimeProvider.System, Log<DataPlane::Gateway.Listeners.LostConnections>(s))
                {
                    Patience = TimeSpan.Zero,
                }
            )
        );
        await EveryListenerLetsGoAsync(gateway.Services, gateway.Log);
    }

    [Fact]
    public async Task EveryListenerOfTheAdminApi_LetsGoOfWhatNeverEnds()
    {
        await using var admin = await TestAdmin.StartAsync(
            Settings,
            configure: Impatient<ControlPlane::Gateway.Listeners.LostConnections>(s =>
                new(TimeProvider.System, Log<ControlPlane::Gateway.Listeners.LostConnections>(s))
                {
                    Patience = TimeSpan.Zero,
                }
            )
        );
        await EveryListenerLetsGoAsync(admin.Services, admin.Log);
    }

    private static ILogger<T> Log<T>(IServiceProvider services) => services.GetRequiredService<ILogger<T>>();

    private Action<WebApplicationBuilder> Impatient<T>(Func<IServiceProvider, T> lost)
        where T : class =>
        builder =>
        {
            builder.Services.AddSingleton(lost);
            builder.Services.AddSingleton<IStartupFilter>(_application);
        };

    private async Task EveryListenerLetsGoAsync(IServiceProvider services, RecordingLog log)
    {
        try
        {
            var addresses = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
            Assert.Equal(["http", "https"], addresses.Select(a => new Uri(a).Scheme).Order(StringComparer.Ordinal));
            var seen = 0;
            foreach (var address in addresses)
            {
                await AskAndLeaveAsync(new Uri(address), ++seen);
                await Eventually.TrueAsync(() => Count(log.Text) == seen);
            }
        }
        finally
        {
            // Else a stop would wait for a connection that was not let go of.
            _application.Answer();
        }
    }

    private async Task AskAndLeaveAsync(Uri address, int asked)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using Stream stream = address.Scheme == "https" ? new SslStream(client.GetStream()) : client.GetStream();
        if (stream is SslStream tls)
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                }
            );
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        await Eventually.TrueAsync(() => _application.Asked == asked);
    }

    private static int Count(string log) => log.Split(LetGo).Length - 1;

    // Before everything else of the application; it does not hear that a client has gone.
    private sealed class NeverAnswers : IStartupFilter
    {
        private readonly TaskCompletionSource _never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public void Answer() => _never.TrySetResult();

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Run(_ =>
                {
                    Interlocked.Increment(ref _asked);
                    return _never.Task;
                });
                next(app);
            };
    }
}
