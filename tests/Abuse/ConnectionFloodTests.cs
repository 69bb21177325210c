using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>While others take every connection there may be, who has one is answered, and whoever looks after the process
/// sees that it is well and what happens to it.</summary>
public sealed class ConnectionFloodTests
{
    private const int Most = 5;

    [Fact]
    public async Task ConnectionsPastTheLimit_AreCounted_AndNeitherThoseWithinNorTheOpsListenerNotice()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            TestRoutes.For(upstream),
            configure: builder =>
                builder.Services.PostConfigure<KestrelServerOptions>(k => k.Limits.MaxConcurrentConnections = Most)
        );
        using var honest = await ConnectAsync(gateway.Url);
        await AnswersAsync(honest);
        List<TcpClient> held = [];
        try
        {
            for (var i = 1; i < Most; i++)
            {
                held.Add(await ConnectAsync(gateway.Url));
                // So that it is sure to have its place.
                await AnswersAsync(held[^1]);
            }
            for (var i = 0; i < Most; i++)
                Assert.True(await IsClosedAsync(gateway.Url));

            await AnswersAsync(honest);
            Assert.Equal(System.Net.HttpStatusCode.OK, (await gateway.OpsAsync("/healthz")).Status);
            Assert.Equal(System.Net.HttpStatusCode.OK, (await gateway.OpsAsync("/readyz")).Status);
            var metrics = await gateway.OpsAsync("/metrics");
            var refused = metrics
                .Text.Split('\n')
                .Single(l => l.StartsWith("kestrel_rejected_connections_total{", StringComparison.Ordinal));
            Assert.EndsWith($" {Most}", refused, StringComparison.Ordinal);
            // Who is turned away must not fill the log either.
            Assert.DoesNotContain("Kestrel.Connections", gateway.Log.Text, StringComparison.Ordinal);
        }
        finally
        {
            held.ForEach(c => c.Dispose());
        }
    }

    private static async Task<TcpClient> ConnectAsync(string url)
    {
        var client = new TcpClient();
        await client.ConnectAsync(new Uri(url).Host, new Uri(url).Port);
        return client;
    }

    private static async Task AnswersAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        var said = "";
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!said.Contains("\r\n\r\n{", StringComparison.Ordinal) || !said.EndsWith('}'))
        {
            var count = await client.GetStream().ReadAsync(buffer, patience.Token);
            Assert.NotEqual(0, count);
            said += Encoding.ASCII.GetString(buffer, 0, count);
        }
        Assert.StartsWith("HTTP/1.1 404", said, StringComparison.Ordinal);
    }

    private static async Task<bool> IsClosedAsync(string url)
    {
        using var client = new TcpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await client.ConnectAsync(new Uri(url).Host, new Uri(url).Port);
            return await client.GetStream().ReadAsync(new byte[1], patience.Token) == 0;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return true;
        }
    }
}
