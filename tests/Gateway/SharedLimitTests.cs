using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Keys;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Gateway.Tests;

/// <summary>Limits that gateways share through a real Redis, and what becomes of them when it is stopped, paused,
/// restarted, or is not the one it should be.</summary>
public sealed class SharedLimitTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";
    private const string Password = "hunter-2-hunter-2";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private readonly RecordingUpstream _upstream = new();
    private readonly List<TestGateway> _gateways = [];
    private TestStore _store = null!;
    private ThrowAwayServer _redis = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _redis = await ThrowAwayServer.RedisAsync(_folder);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
        await _redis.DisposeAsync();
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Gateways_ShareOneLimit_AndTellTheSame()
    {
        await StartAsync(3);
        await SharedAsync();
        var (_, secret) = await IssueAsync(30);

        Assert.Equal(30, await SpendAsync(secret, 90));

        using var refused = await _gateways[0].GetAsync(Path, secret);
        var left = Assert.Single(StructuredFields.ReadList(refused.Headers.GetValues("RateLimit")));
        Assert.Equal(("key", 0), (left.Value, left.Parameters["r"]));
        Assert.Equal(left.Parameters["t"], refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        var (_, other) = await IssueAsync(5);
        foreach (var (gateway, remaining) in _gateways.Zip([4, 3, 2]))
        {
            using var answer = await gateway.GetAsync(Path, other);
            left = Assert.Single(StructuredFields.ReadList(answer.Headers.GetValues("RateLimit")));
            Assert.Equal(remaining, left.Parameters["r"]);
        }
    }

    [Fact]
    public async Task WindowInRedis_SlidesAsTheOneHere()
    {
        await StartAsync(1);
        await SharedAsync();
        var (_, secret) = await _store.IssueKeyAsync(k => k with { RateLimit = new RateLimit(3, 1) });

        Assert.Equal(3, await SpendAsync(secret, 5));
        using var refused = await _gateways[0].GetAsync(Path, secret);
        // On a machine that stood still meanwhile the window has slid by itself.
        if (refused.StatusCode == HttpStatusCode.OK)
            return;
        // A timer may be early by its resolution, and Redis goes by a clock of its own.
        var wait = refused.Headers.RetryAfter!.Delta!.Value + TimeSpan.FromMilliseconds(20);
        await Task.Delay(wait, TestContext.Current.CancellationToken);

        Assert.Equal(Ok, await _gateways[0].TryAsync(Path, secret));
    }

    [Fact]
    public async Task RedisThatIsDownAtStart_LeavesEachGatewayItsShare_UntilItComes()
    {
        await _redis.DownAsync();
        await StartAsync(3);
        await CountedAsync(3);
        var (_, secret) = await IssueAsync(30);

        Assert.Equal(30, await SpendAsync(secret, 90));
        Assert.Equal(30, _gateways.Sum(g => g.Services.GetRequiredService<RateLimiter>().Fallbacks) - 60);

        await _redis.UpAsync();
        await SharedAsync();
        var (_, other) = await IssueAsync(10);
        Assert.Equal(10, await SpendAsync(other, 30));
    }

    [Fact]
    public async Task RedisThatStandsStill_HoldsUpNobodyForLong_IsSaidOnce_AndIsTakenUpAgain()
    {
        await StartAsync(1);
        await SharedAsync();
        var (_, secret) = await IssueAsync(10);
        Assert.Equal(6, await SpendAsync(secret, 6));

        _redis.Pause();
        var began = Stopwatch.StartNew();
        // What Redis has admitted counts here too.
        Assert.Equal(4, await SpendAsync(secret, 20));
        Assert.InRange(began.Elapsed.TotalSeconds, 0, 10);
        var (_, unlimited) = await _store.IssueKeyAsync();
        Assert.Equal(Ok, await _gateways[0].TryAsync(Path, unlimited));
        var scrape = new PrometheusScrape((await _gateways[0].OpsAsync("/metrics")).Text);
        Assert.Equal(0, scrape["gateway_limits_shared"]);
        Assert.Equal(20, scrape["gateway_limits_fallbacks_total"]);
        Assert.InRange(scrape["gateway_redis_failures_total"], 1, 1_000);
        Assert.Single(Lines("Redis does not answer"));

        _redis.Resume();
        await SharedAsync();
        Assert.Single(Lines("Redis answers again"));
    }

    [Fact]
    public async Task RedisThatIsRestarted_OrForgetsItsScripts_IsTakenUpAgain()
    {
        await StartAsync(2);
        await SharedAsync();
        Assert.Equal("+OK", await SayAsync("SCRIPT", "FLUSH"));
        var (_, first) = await IssueAsync(10);
        Assert.Equal(10, await SpendAsync(first, 20));
        await SharedAsync();

        await _redis.DownAsync();
        var (_, meanwhile) = await IssueAsync(10);
        await CountedAsync(2);
        Assert.Equal(10, await SpendAsync(meanwhile, 20));
        await _redis.UpAsync();
        await SharedAsync();

        var (_, then) = await IssueAsync(10);
        Assert.Equal(10, await SpendAsync(then, 20));
    }

    // The library must not keep it for when there is one again: it would be counted in a window that it is not of.
    [Fact]
    public async Task CommandWithoutAConnection_FailsAtOnce_AndIsNotSentLater()
    {
        await StartAsync(1);
        var settings = GatewaySettings.Read(_gateways[0].Services.GetRequiredService<IConfiguration>());
        await settings.Database.DisposeAsync();
        using var redis = await ConnectionMultiplexer.ConnectAsync(settings.Redis.Parse());
        var database = redis.GetDatabase();
        await Eventually.TrueAsync(TrySetAsync);
        await _redis.DownAsync();
        await Eventually.TrueAsync(() => !redis.IsConnected);

        await Assert.ThrowsAsync<RedisConnectionException>(() => database.StringSetAsync("late", "1"));

        await _redis.UpAsync();
        await Eventually.TrueAsync(TrySetAsync);
        Assert.True((await database.StringGetAsync("late")).IsNull);

        // It calls itself connected a moment before it takes commands.
        async Task<bool> TrySetAsync()
        {
            try
            {
                return await database.StringSetAsync("there", "1");
            }
            catch (RedisConnectionException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task RedisThatAnswersButCannotCount_LeavesLimitsLocal_AndIsSaidOnce()
    {
        await StartAsync(1);
        await SharedAsync();
        Assert.Equal("+OK", await SayAsync("CONFIG", "SET", "maxmemory", "1"));
        var link = _gateways[0].Services.GetRequiredService<RedisLink>();
        var (_, secret) = await IssueAsync(10);
        Assert.Equal(10, await SpendAsync(secret, 20));

        // Several rounds of its loop, each of which finds it as it was.
        var failures = link.Failures;
        await Eventually.TrueAsync(() => link.Failures > failures + 3);
        Assert.False(link.IsUsable);
        Assert.Single(Lines("Redis does not answer"));
        Assert.Empty(Lines("Redis answers again"));

        Assert.Equal("+OK", await SayAsync("CONFIG", "SET", "maxmemory", "0"));
        await SharedAsync();
    }

    [Fact]
    public async Task WrongPassword_LeavesLimitsLocal_AndIsNotSaidAloud()
    {
        Assert.Equal("+OK", await SayAsync("CONFIG", "SET", "requirepass", Password));
        await StartAsync(1, $"{_redis.Address},password=not-{Password}");
        var (_, secret) = await IssueAsync(5);
        await Eventually.TrueAsync(() => Lines("Redis does not answer").Any());

        Assert.Equal(5, await SpendAsync(secret, 10));
        Assert.DoesNotContain(Password, _gateways[0].Log.Text, StringComparison.Ordinal);
        Assert.False(_gateways[0].Services.GetRequiredService<RedisLink>().IsUsable);

        await StartAsync(1, $"{_redis.Address},password={Password}");
        await Eventually.TrueAsync(() => _gateways[1].Services.GetRequiredService<RedisLink>().IsUsable);
    }

    [Fact]
    public async Task Tls_IsUsed_WhenTheCertificateIsSignedByWhoeverIsTrusted_AndNotOtherwise()
    {
        var port = await ServeTlsAsync();
        await StartAsync(1, $"127.0.0.1:{port},ssl=true");
        await StartAsync(1, $"127.0.0.1:{port},ssl=true", $"{_folder}/other.crt");
        await StartAsync(1, $"localhost:{port},ssl=true,sslHost=another.name", $"{_folder}/redis.crt");
        await StartAsync(1, $"127.0.0.1:{port},ssl=true", $"{_folder}/redis.crt");

        await Eventually.TrueAsync(() => _gateways[3].Services.GetRequiredService<RedisLink>().IsUsable);
        await Eventually.TrueAsync(() => _gateways[..3].TrueForAll(g => Lines("Redis does not answer", g).Any()));
        Assert.DoesNotContain(_gateways[..3], g => g.Services.GetRequiredService<RedisLink>().IsUsable);
        var (_, secret) = await IssueAsync(5);
        Assert.Equal(Ok, await _gateways[0].TryAsync(Path, secret));
    }

    [Fact]
    public async Task KeyWithoutALimit_AsksNobody()
    {
        await StartAsync(1);
        await SharedAsync();
        var (_, secret) = await _store.IssueKeyAsync();
        await SayAsync("CONFIG", "RESETSTAT");

        Assert.Equal(20, await SpendAsync(secret, 20));

        Assert.DoesNotContain("evalsha", await SayAsync("INFO", "commandstats"), StringComparison.Ordinal);
    }

    private async Task StartAsync(int gateways, string? redis = null, string? caFile = null)
    {
        for (var i = 0; i < gateways; i++)
            _gateways.Add(
                await TestGateway.StartAsync(
                    _store.Options,
                    TestRoutes.For(_upstream),
                    new()
                    {
                        ["Redis:Configuration"] = redis ?? _redis.Address,
                        ["Redis:CaFile"] = caFile ?? "",
                        ["Gateway:InstanceId"] = $"edge-{_gateways.Count}",
                        // This machine may stand still for longer than a Redis should.
                        ["Limits:RedisTimeoutMs"] = "2000",
                        ["Limits:RedisPauseMs"] = "100",
                    }
                )
            );
    }

    private Task SharedAsync() =>
        Eventually.TrueAsync(() => _gateways.TrueForAll(g => g.Services.GetRequiredService<RedisLink>().IsUsable));

    private Task CountedAsync(int gateways) =>
        Eventually.TrueAsync(() =>
            _gateways.TrueForAll(g => g.Services.GetRequiredService<LiveGateways>().Count == gateways)
        );

    private Task<(KeyRecord Key, string Secret)> IssueAsync(int requests) =>
        _store.IssueKeyAsync(k => k with { RateLimit = new RateLimit(requests, 3_600) });

    // As a load balancer would, all at once; how many were admitted.
    private async Task<int> SpendAsync(string secret, int requests)
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, requests).Select(i => _gateways[i % _gateways.Count].TryAsync(Path, secret))
        );
        return answers.Count(a => a == Ok);
    }

    private IEnumerable<string> Lines(string text, TestGateway? gateway = null) =>
        (gateway ?? _gateways[0]).Log.Text.Split('\n').Where(l => l.Contains(text, StringComparison.Ordinal));

    private async Task<int> ServeTlsAsync()
    {
        await SignAsync("redis");
        await SignAsync("other");
        var port = RunningProcess.FreePort();
        var said = await SayAsync(
            $"CONFIG SET tls-cert-file {_folder}/redis.crt tls-key-file {_folder}/redis.key tls-ca-cert-file {_folder}/redis.crt tls-auth-clients no tls-port {port}".Split(
                ' '
            )
        );
        Assert.Equal("+OK", said);
        return port;
    }

    private async Task SignAsync(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync($"{_folder}/{name}.crt", certificate.ExportCertificatePem());
        await File.WriteAllTextAsync($"{_folder}/{name}.key", key.ExportPkcs8PrivateKeyPem());
    }

    // Redis' own protocol, inline.
    private async Task<string> SayAsync(params string[] words)
    {
        using var client = new TcpClient("127.0.0.1", _redis.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Join(' ', words) + "\r\n"));
        var buffer = new byte[65_536];
        var count = await stream.ReadAsync(buffer);
        return Encoding.ASCII.GetString(buffer, 0, count).TrimEnd();
    }
}
