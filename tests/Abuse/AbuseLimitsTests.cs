using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Whoever dribbles or hoards is hung up on, and everybody else is served meanwhile. Times are shortened
/// here, and nothing is measured: that is what <c>make abuse</c> is for.</summary>
public sealed class AbuseLimitsTests : IAsyncLifetime
{
    private const int ConnectionsMax = 40;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The shortest the server takes; it looks once a second.
    private static readonly MinDataRate Slowest = new(1_000_000, TimeSpan.FromSeconds(1.1));

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _gateway = await TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(_upstream),
            configure: builder =>
                builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
                {
                    kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
                    kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
                    kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1);
                    kestrel.Limits.MinRequestBodyDataRate = Slowest;
                })
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
    }

    // What is begun, and the status it is told, if any.
    private static readonly (string Begun, string Status)[] Unfinished =
    [
        ("GET /public/x HTTP/1.1\r\nHost: a\r\nX-A: ", "408"),
        ("GET /public/x HTTP/1.1\r\n", "408"),
        ("POST /public/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc", "400"),
        ("POST /public/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "400"),
        ("", ""),
    ];

    [Fact]
    public async Task WhoeverDoesNotGoOn_IsHungUpOn()
    {
        var statuses = await Task.WhenAll(
            Unfinished.Select(async u =>
            {
                using var client = await ConnectAsync();
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(u.Begun));
                var said = await ReadToEndAsync(client);
                return said.Length > 0 ? said.Split(' ')[1] : "";
            })
        );
        Assert.Equal(Unfinished.Select(u => u.Status), statuses);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.TryAsync("/public/x")).Status);
    }

    [Fact]
    public async Task ConnectionsPastTheLimit_AreClosedAtOnce_AndTheOthersAreServed()
    {
        List<TcpClient> held = [];
        try
        {
            // Half of a request each, so that all of them count as long as they may take for the other half.
            while (held.Count < ConnectionsMax * 2)
            {
                held.Add(await ConnectAsync());
                await BeginAsync(held[^1]);
            }
            var said = await Task.WhenAll(held.Select(ReadToEndAsync));
            // As many as the limit are given their time; what came later was closed without a word.
            Assert.InRange(said.Count(s => s.Length > 0), 1, ConnectionsMax);
            Assert.True(said.Count(s => s.Length == 0) >= ConnectionsMax);
        }
        finally
        {
            held.ForEach(c => c.Dispose());
        }
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return (await _gateway.TryAsync("/public/x")).Status == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Theory]
    [InlineData("GET /public/{8200} HTTP/1.1\r\nHost: a\r\n\r\n", "414")]
    [InlineData("GET /public/x HTTP/1.1\r\nHost: a\r\nX-A: {33000}\r\n\r\n", "431")]
    [InlineData("POST /public/x HTTP/1.1\r\nHost: a\r\nContent-Length: 104857601\r\n\r\n", "413")]
    public async Task WhatIsTooLong_IsRefused_BeforeItIsRead(string request, string status)
    {
        var length = int.Parse(request.Contains('{') ? request.Split('{', '}')[1] : "0");
        using var client = await ConnectAsync();
        var filled = request.Replace($"{{{length}}}", new string('a', length), StringComparison.Ordinal);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(filled));
        Assert.Equal(status, (await ReadToEndAsync(client)).Split(' ')[1]);
        Assert.Empty(_upstream.Begun);
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        var root = new Uri(_gateway.Url);
        await client.ConnectAsync(root.Host, root.Port);
        return client;
    }

    private static async Task BeginAsync(TcpClient client)
    {
        try
        {
            await client.GetStream().WriteAsync("GET /public/x HTTP/1.1\r\nHost: a\r\n"u8.ToArray());
        }
        catch (IOException)
        {
            // It was one too many, and is closed already.
        }
    }

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        var said = new MemoryStream();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await client.GetStream().CopyToAsync(said, patience.Token);
        }
        catch (IOException)
        {
            // It was hung up on while there was more to say.
        }
        return Encoding.Latin1.GetString(said.ToArray());
    }
}
