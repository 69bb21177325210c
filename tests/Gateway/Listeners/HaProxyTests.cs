using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A real HAProxy before the gateway, that passes on connections as they are.</summary>
public sealed class HaProxyTests
{
    [Theory]
    [InlineData("send-proxy")]
    [InlineData("send-proxy-v2")]
    [InlineData("send-proxy-v2 proxy-v2-options crc32c,unique-id")]
    public async Task Client_IsTheOneThatConnectedToHaProxy(string how)
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            new()
            {
                ["Kestrel:Endpoints:Proxied:Url"] = "http://127.0.0.1:0",
                ["Gateway:ProxyProtocol:Endpoints:0"] = "Proxied",
                ["Gateway:ProxyProtocol:TrustedPeers:0"] = "127.0.0.1",
            }
        );
        var addresses = gateway
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses;
        await using var proxy = await HaProxy.StartAsync(new Uri(addresses.Last()).Port, how);

        Assert.StartsWith("HTTP/1.1 200", await GetAsync(proxy.Port, "127.0.0.9"), StringComparison.Ordinal);

        Assert.Equal("127.0.0.9", upstream.Single.Value("X-Forwarded-For"));
    }

    private static async Task<string> GetAsync(int port, string from)
    {
        using var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(IPAddress.Loopback, port);
        await client
            .GetStream()
            .WriteAsync("GET /public/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private sealed class HaProxy : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("gateway-haproxy-").FullName;
        private RunningProcess? _process;

        public int Port { get; } = RunningProcess.FreePort();

        public static async Task<HaProxy> StartAsync(int gateway, string how)
        {
            var proxy = new HaProxy();
            var file = Path.Combine(proxy._folder, "haproxy.cfg");
            await File.WriteAllTextAsync(
                file,
                $"""
                defaults
                  mode tcp
                  timeout client 10s
                  timeout server 10s
                  timeout connect 5s
                  unique-id-format %ci
                listen front
                  bind 127.0.0.1:{proxy.Port}
                  server one 127.0.0.1:{gateway} {how} check inter 50

                """
            );
            proxy._process = RunningProcess.Run("haproxy", ["-db", "-f", file], []);
            await Eventually.TrueAsync(() => proxy.ListensAsync());
            return proxy;
        }

        public async ValueTask DisposeAsync()
        {
            await _process!.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }

        private async Task<bool> ListensAsync()
        {
            Assert.False(_process!.HasExited, _process.Output);
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
