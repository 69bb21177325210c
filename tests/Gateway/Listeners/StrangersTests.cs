extern alias ControlPlane;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>One address cannot take all the connections there may be, unless it shows keys on them.</summary>
public sealed class StrangersTests
{
    private const string One = "127.0.0.7";
    private const string Another = "127.0.0.8";
    private const string Anonymous = "/public/x";

    [Fact]
    public async Task ConnectionsPastTheBoundOfTheirAddress_AreClosed_AndNobodyElses_AndRoomComesBack()
    {
        await using var stand = await Stand.StartAsync(new() { ["Limits:StrangersPerAddress"] = "2" });
        var first = await stand.ConnectAsync(One);
        using var second = await stand.ConnectAsync(One);
        Assert.Equal(200, await first.AskAsync(Anonymous));
        Assert.Equal(200, await second.AskAsync(Anonymous));

        using (var third = await stand.ConnectAsync(One))
            Assert.Equal(0, await third.AskAsync(Anonymous));
        using (var other = await stand.ConnectAsync(Another))
            Assert.Equal(200, await other.AskAsync(Anonymous));
        Assert.Equal(200, await second.AskAsync(Anonymous));
        Assert.Contains(
            "\ngateway_connections_refused_total 1\n",
            (await stand.Gateway.OpsAsync("/metrics")).Text,
            StringComparison.Ordinal
        );

        first.Dispose();
        await Eventually.TrueAsync(async () =>
        {
            using var again = await stand.ConnectAsync(One);
            return await again.AskAsync(Anonymous) == 200;
        });
    }

    [Fact]
    public async Task ConnectionThatHasShownAGoodKey_IsNotCounted_AndOneThatHasShownABadOneIs()
    {
        await using var stand = await Stand.StartAsync(new() { ["Limits:StrangersPerAddress"] = "2" });
        var (_, secret) = await stand.Store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        var known = await stand.ConnectAsync(4, secret);

        using var stranger = await stand.ConnectAsync(One);
        Assert.Equal(401, await stranger.AskAsync("/v1/read/x", secret + "x"));
        var (_, lesser) = await stand.Store.IssueKeyAsync(k => k with { Permissions = [] });
        using var forbidden = await stand.ConnectAsync(One);
        Assert.Equal(403, await forbidden.AskAsync("/v1/read/x", lesser));
        using (var third = await stand.ConnectAsync(One))
            Assert.Equal(0, await third.AskAsync(Anonymous));
        foreach (var caller in known)
            caller.Dispose();
        await Eventually.TrueAsync(async () =>
            (await stand.Gateway.OpsAsync("/metrics"))
                .Text.Split('\n')
                .Any(l =>
                    l.StartsWith("kestrel_active_connections{", StringComparison.Ordinal)
                    && l.EndsWith(" 2", StringComparison.Ordinal)
                )
        );
        // Those that leave take nothing with them that they had given back.
        using (var third = await stand.ConnectAsync(One))
            Assert.Equal(0, await third.AskAsync(Anonymous));
    }

    [Fact]
    public async Task ConnectionsThatShowAGoodKey_MayBeAnyNumber()
    {
        await using var stand = await Stand.StartAsync(new() { ["Limits:StrangersPerAddress"] = "6" });
        var (_, secret) = await stand.Store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        var callers = await stand.ConnectAsync(12, secret);
        foreach (var caller in callers)
            Assert.Equal(200, await caller.AskAsync("/v1/read/x", secret));
        callers.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task TrustedProxy_IsNotCounted_AndThroughTheProxyProtocolWhoeverItSpeaksForIs()
    {
        await using var stand = await Stand.StartAsync(
            new()
            {
                ["Limits:StrangersPerAddress"] = "1",
                ["Gateway:TrustedProxies:0"] = One,
                ["Gateway:ProxyProtocol:Endpoints:0"] = "Proxied",
                ["Kestrel:Endpoints:Proxied:Url"] = "http://127.0.0.1:0",
            }
        );
        using var first = await stand.ConnectAsync(One);
        using var second = await stand.ConnectAsync(One);
        Assert.Equal(200, await first.AskAsync(Anonymous));
        Assert.Equal(200, await second.AskAsync(Anonymous));

        using var client = await stand.ConnectAsync(One, "192.0.2.1");
        Assert.Equal(200, await client.AskAsync(Anonymous));
        using (var sameClient = await stand.ConnectAsync(One, "192.0.2.1"))
            Assert.Equal(0, await sameClient.AskAsync(Anonymous));
        using var otherClient = await stand.ConnectAsync(One, "192.0.2.2");
        Assert.Equal(200, await otherClient.AskAsync(Anonymous));
    }

    [Fact]
    public async Task AdminApi_HasTheSameBound()
    {
        await using var admin = await TestAdmin.StartAsync(configure: builder =>
            builder.Services.AddSingleton(new ControlPlane::Gateway.Listeners.Strangers(2, []))
        );
        using var operators = await Caller.ConnectAsync(admin.Url, One);
        Assert.Equal(200, await operators.AskAsync("/v1/accounts", TestAdmin.OperatorToken));
        using var first = await Caller.ConnectAsync(admin.Url, One);
        Assert.Equal(401, await first.AskAsync("/v1/accounts"));
        using var second = await Caller.ConnectAsync(admin.Url, One);
        Assert.Equal(401, await second.AskAsync("/v1/accounts"));

        using (var third = await Caller.ConnectAsync(admin.Url, One))
            Assert.Equal(0, await third.AskAsync("/v1/accounts", TestAdmin.OperatorToken));
        using var other = await Caller.ConnectAsync(admin.Url, Another);
        Assert.Equal(200, await other.AskAsync("/v1/accounts", TestAdmin.OperatorToken));
        var metrics = new PrometheusScrape(await admin.Client.GetStringAsync("/metrics"));
        Assert.Equal(1, metrics["gateway_connections_refused_total"]);
    }

    private sealed class Stand(TestStore store, RecordingUpstream upstream, TestGateway gateway) : IAsyncDisposable
    {
        public TestStore Store => store;

        public TestGateway Gateway => gateway;

        public static async Task<Stand> StartAsync(Dictionary<string, string?> settings)
        {
            var store = await TestStore.SqliteAsync();
            var upstream = new RecordingUpstream();
            return new(
                store,
                upstream,
                await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream), settings)
            );
        }

        public async Task<Caller> ConnectAsync(string from, string? client = null)
        {
            if (client is null)
                return await Caller.ConnectAsync(gateway.Url, from);
            var addresses = gateway.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
            var caller = await Caller.ConnectAsync(addresses.Addresses.Last(), from);
            await caller.SayAsync($"PROXY TCP4 {client} 192.0.2.200 4711 443\r\n");
            return caller;
        }

        /// <summary>So many from one address, each of which has shown a good key, twice: what it took is not given back twice.</summary>
        public async Task<List<Caller>> ConnectAsync(int count, string secret)
        {
            List<Caller> known = [];
            while (known.Count < count)
            {
                known.Add(await ConnectAsync(One));
                for (var i = 0; i < 2; i++)
                    Assert.Equal(200, await known[^1].AskAsync("/v1/read/x", secret));
            }
            return known;
        }

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync();
            await upstream.DisposeAsync();
            await store.DisposeAsync();
        }
    }

    private sealed class Caller : IDisposable
    {
        private readonly TcpClient _client;
        private bool _wasReset;

        private Caller(string from) => _client = new(new IPEndPoint(IPAddress.Parse(from), 0));

        public static async Task<Caller> ConnectAsync(string url, string from)
        {
            var caller = new Caller(from);
            var address = new Uri(url);
            try
            {
                await caller._client.ConnectAsync(IPAddress.Loopback, address.Port);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
            {
                // It was closed before it was known to be open: who asks hears so.
                caller._wasReset = true;
            }
            return caller;
        }

        public void Dispose() => _client.Dispose();

        public async Task SayAsync(string text)
        {
            if (!_wasReset)
                await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        }

        /// <summary>The status, once the whole answer is there; 0 when the connection was closed.</summary>
        public async Task<int> AskAsync(string path, string? key = null)
        {
            if (_wasReset)
                return 0;
            var credential = key is null ? "" : $"Authorization: Bearer {key}\r\n";
            try
            {
                await SayAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n{credential}\r\n");
                return await StatusAsync();
            }
            catch (IOException)
            {
                return 0;
            }
        }

        // What is left of the answer before has no such line.
        private async Task<int> StatusAsync()
        {
            const string Line = "HTTP/1.1 ";
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var buffer = new byte[16 * 1024];
            for (var heard = ""; ; )
            {
                var count = await _client.GetStream().ReadAsync(buffer, patience.Token);
                if (count == 0)
                    return 0;
                heard += Encoding.ASCII.GetString(buffer, 0, count);
                var at = heard.IndexOf(Line, StringComparison.Ordinal);
                if (at >= 0 && heard.Length >= at + Line.Length + 3)
                    return int.Parse(heard.AsSpan(at + Line.Length, 3), CultureInfo.InvariantCulture);
            }
        }
    }
}
