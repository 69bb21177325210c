using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Tests;

/// <summary>A gateway that is sent hostile requests, and that says when it is done with them.</summary>
public sealed class AttackGateway : IAsyncDisposable
{
    private readonly Placeholders _placeholders;
    private readonly IPEndPoint _dual = new(IPAddress.IPv6Loopback, RunningProcess.FreePort());
    private readonly ConcurrentDictionary<string, string> _connections = new(StringComparer.Ordinal);

    private AttackGateway(AttackKeys keys) => _placeholders = new Placeholders(keys.Secrets);

    /// <summary>The gateway.</summary>
    public TestGateway Gateway { get; private set; } = null!;

    /// <summary>Where it takes HTTP/1.1.</summary>
    public IPEndPoint Http1 { get; } = new(IPAddress.Loopback, RunningProcess.FreePort());

    /// <summary>Where it takes HTTP/2 with prior knowledge.</summary>
    public IPEndPoint Http2 { get; } = new(IPAddress.Loopback, RunningProcess.FreePort());

    /// <summary>Where each connection begins with a header of the PROXY protocol.</summary>
    public IPEndPoint Proxied { get; } = new(IPAddress.Loopback, RunningProcess.FreePort());

    /// <summary>Starts one.</summary>
    /// <param name="keys">Its store.</param>
    /// <param name="upstream">What is behind it.</param>
    /// <param name="settings">Further settings.</param>
    /// <param name="plant">Takes a rule out; null for the gateway as it is.</param>
    public static async Task<AttackGateway> StartAsync(
        AttackKeys keys,
        string upstream,
        Dictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? plant = null
    )
    {
        var gateway = new AttackGateway(keys);
        var all = new Dictionary<string, string?>(settings ?? [])
        {
            ["Kestrel:Endpoints:Http:Url"] = $"http://{gateway.Http1}",
            ["Kestrel:Endpoints:Http2:Url"] = $"http://{gateway.Http2}",
            ["Kestrel:Endpoints:Http2:Protocols"] = "Http2",
            ["Kestrel:Endpoints:Proxied:Url"] = $"http://{gateway.Proxied}",
            ["Gateway:ProxyProtocol:Endpoints:0"] = "Proxied",
            ["Gateway:ProxyProtocol:TrustedPeers:0"] = "127.0.0.0/8",
            ["Kestrel:Endpoints:Dual:Url"] = $"http://{gateway._dual}",
        };
        gateway.Gateway = await TestGateway.StartAsync(
            keys.Store.Options,
            AttackRoutes.For(upstream),
            all,
            configure: builder =>
            {
                builder.WebHost.ConfigureKestrel(gateway.CountConnections);
                builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = gateway.Bind);
                plant?.Invoke(builder);
            }
        );
        return gateway;
    }

    /// <summary>Sends a request.</summary>
    /// <param name="attack">Which.</param>
    /// <param name="front">Where it goes when somebody stands in front; null for straight here.</param>
    public Task<AttackAnswer> SendAsync(AttackCase attack, IPEndPoint? front = null)
    {
        var isFine = attack.Expect.MustArrive > 0;
        if (attack.Raw is { } raw)
        {
            var server = attack.Connect switch
            {
                null => Http1,
                "PROXY" => Proxied,
                // IPv4 addresses reach the socket of both kinds as IPv6 ones.
                var address => new IPEndPoint(IPAddress.Parse(address), _dual.Port),
            };
            var bytes = Encoding.Latin1.GetBytes(Fill(raw));
            return AttackWire.SendAsync(front ?? server, bytes, attack.Expect.WantsAnswer && front is null, isFine);
        }

        var fields = FieldsOf(attack.Fields!);
        var data = attack.Data is null ? null : Fill(attack.Data);
        var trailers = attack.Trailers is null ? null : FieldsOf(attack.Trailers);
        var request = attack.Framing is { } framing
            ? Http2Framing.Request(framing, fields, data, trailers)
            : RawHttp2.Request(fields, data, trailers);
        return AttackWire.SendHttp2Async(Http2, request, isFine || attack.Expect.WantsAnswer);
    }

    /// <summary>Waits until nobody is connected, so that nothing more can come of what was sent.</summary>
    public async Task DrainedAsync()
    {
        try
        {
            await Eventually.TrueAsync(() => _connections.IsEmpty);
        }
        catch (Xunit.Sdk.XunitException)
        {
            Assert.Fail($"The gateway is not done with {string.Join(", ", _connections)}.");
        }
    }

    /// <summary>Fills a text in.</summary>
    public string Fill(string text) => _placeholders.Fill(text, Http1.ToString());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    private IEnumerable<(string, string)> FieldsOf(IEnumerable<string> fields)
    {
        foreach (var field in fields)
        {
            if (field is "{FIELDS:101}")
            {
                for (var i = 0; i < 101; i++)
                    yield return ($"x-{i}", "a");
            }
            else if (field.Split(' ', 2) is [['A' or 'D' or 'G' or 'H' or 'O' or 'P', ..] method, ['/', ..] path])
            {
                yield return (":method", method);
                yield return (":scheme", "http");
                yield return (":authority", Http2.ToString());
                yield return (":path", Fill(path));
            }
            else
            {
                var end = field.IndexOf('=', StringComparison.Ordinal);
                yield return (Fill(field[..end]), Fill(field[(end + 1)..]));
            }
        }
    }

    private void CountConnections(KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(listener =>
            listener.Use(next =>
                async connection =>
                {
                    _connections[connection.ConnectionId] = $"{connection.LocalEndPoint}";
                    try
                    {
                        await next(connection);
                    }
                    finally
                    {
                        _connections.TryRemove(connection.ConnectionId, out _);
                    }
                }
            )
        );

    // A socket of both kinds without leaving the loopback interface.
    private Socket Bind(EndPoint endpoint)
    {
        if (!endpoint.Equals(_dual))
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.Loopback.MapToIPv6(), _dual.Port));
        return socket;
    }
}
