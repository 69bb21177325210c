using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests;

/// <summary>A gateway with an upstream that records, for one request at a time: whatever arrives is that request's.</summary>
public sealed class AttackLane : IAsyncDisposable
{
    private readonly Placeholders _placeholders;
    private readonly RecordingUpstream _upstream = new();
    private readonly IPEndPoint _http1;
    private readonly IPEndPoint _http2 = new(IPAddress.Loopback, RunningProcess.FreePort());
    private readonly IPEndPoint _dual = new(IPAddress.IPv6Loopback, RunningProcess.FreePort());
    private TestGateway _gateway = null!;
    private int _connections;

    private AttackLane(AttackKeys keys)
    {
        _placeholders = new Placeholders(keys.Secrets);
        _upstream.Answer = AnswerAsync;
        _http1 = new(IPAddress.Loopback, RunningProcess.FreePort());
    }

    /// <summary>The gateway.</summary>
    public TestGateway Gateway => _gateway;

    /// <summary>Where it takes HTTP/2 with prior knowledge.</summary>
    public IPEndPoint Http2 => _http2;

    /// <summary>What is behind it.</summary>
    public RecordingUpstream Upstream => _upstream;

    /// <summary>Starts one.</summary>
    /// <param name="keys">Its store.</param>
    /// <param name="settings">Further settings.</param>
    /// <param name="plant">Takes a rule out; null for the gateway as it is.</param>
    public static async Task<AttackLane> StartAsync(
        AttackKeys keys,
        Dictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? plant = null
    )
    {
        var lane = new AttackLane(keys);
        var all = new Dictionary<string, string?>(settings ?? [])
        {
            ["Kestrel:Endpoints:Http:Url"] = $"http://{lane._http1}",
            ["Kestrel:Endpoints:Http2:Url"] = $"http://{lane._http2}",
            ["Kestrel:Endpoints:Http2:Protocols"] = "Http2",
            ["Kestrel:Endpoints:Dual:Url"] = $"http://{lane._dual}",
        };
        lane._gateway = await TestGateway.StartAsync(
            keys.Store.Options,
            AttackRoutes.For(lane._upstream.Address),
            all,
            configure: builder =>
            {
                builder.WebHost.ConfigureKestrel(lane.CountConnections);
                builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = lane.Bind);
                plant?.Invoke(builder);
            }
        );
        return lane;
    }

    /// <summary>Sends a request, waits until the gateway is done with it, and judges what came of it.</summary>
    public async Task<AttackVerdict> RunAsync(AttackCase attack)
    {
        _upstream.Clear();
        var answer = await SendAsync(attack);
        await Eventually.TrueAsync(() => Volatile.Read(ref _connections) == 0);
        return AttackJudge.Judge(attack, answer, _upstream.Begun, _upstream.Requests, Fill);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    private string Fill(string text) => _placeholders.Fill(text, _http1.ToString());

    private Task<AttackAnswer> SendAsync(AttackCase attack)
    {
        var isFine = attack.Expect.MustArrive > 0;
        if (attack.Raw is { } raw)
        {
            // IPv4 addresses reach the socket of both kinds as IPv6 ones.
            var server = attack.Connect is { } address ? new IPEndPoint(IPAddress.Parse(address), _dual.Port) : _http1;
            return AttackWire.SendAsync(server, Bytes(raw), attack.Expect.WantsAnswer, isFine);
        }

        var request = RawHttp2.Request(
            FieldsOf(attack.Fields!),
            attack.Data is null ? null : Fill(attack.Data),
            attack.Trailers is null ? null : FieldsOf(attack.Trailers)
        );
        return AttackWire.SendHttp2Async(_http2, request, isFine || attack.Expect.WantsAnswer);
    }

    private byte[] Bytes(string text) => Encoding.Latin1.GetBytes(Fill(text));

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
                yield return (":authority", _http2.ToString());
                yield return (":path", Fill(path));
            }
            else
            {
                var end = field.IndexOf('=', StringComparison.Ordinal);
                yield return (Fill(field[..end]), Fill(field[(end + 1)..]));
            }
        }
    }

    // What the next connection brings is still to come after an upgrade: it is read as if it were a request.
    private static Task AnswerAsync(RecordedRequest request, Stream client) =>
        request.Values("Upgrade").Length is 0 ? RecordingUpstream.PlainAsync(request, client)
        : request.Values("Sec-WebSocket-Version") is ["13"]
            ? RecordingUpstream.WriteAsync(
                client,
                "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + $"Sec-WebSocket-Accept: {RecordingUpstream.AcceptOf(request)}\r\n\r\n"
            )
        : RecordingUpstream.WriteAsync(client, "426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");

    private void CountConnections(KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(listener =>
            listener.Use(next =>
                async connection =>
                {
                    Interlocked.Increment(ref _connections);
                    try
                    {
                        await next(connection);
                    }
                    finally
                    {
                        Interlocked.Decrement(ref _connections);
                    }
                }
            )
        );

    // A socket of both kinds without leaving the loopback interface.
    private Socket Bind(EndPoint endpoint)
    {
        if (!endpoint.Equals(_dual))
            return Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions.CreateDefaultBoundListenSocket(
                endpoint
            );
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.Loopback.MapToIPv6(), _dual.Port));
        return socket;
    }
}
