using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What is left of an outage when it is over: nothing that a request would notice.</summary>
public sealed class OutageRecoveryTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");

    private readonly RecordingUpstream _upstream = new();
    private readonly TestClock _clock = new();
    private TestStore _store = null!;
    private TcpRelay _relay = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.PostgresAsync();
        (_relay, var options) = _store.Relayed();
        // Longer than it takes to see that a connection leads nowhere any more.
        _gateway = await TestGateway.StartAsync(
            options,
            TestRoutes.For(_upstream),
            new() { ["Cache:LookupTimeoutMs"] = "6000" },
            _clock
        );
        await FloodTests.CompleteAsync(_gateway);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _relay.DisposeAsync();
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task ConnectionsThatDiedInThePool_AreNoticedByNoColdKey()
    {
        // As many connections as there may be look-ups, all idle.
        var warm = await IssueAsync(16);
        Assert.All(await AskAsync(warm), a => Assert.Equal(Ok, a));
        var cold = await IssueAsync(8);

        // All but the one that listens, which would notice at once.
        await _store.Database.ReadAsync(s =>
            s.ExecuteAsync(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and query not like 'listen%'
                """
            )
        );

        Assert.All(await AskAsync(cold), a => Assert.Equal(Ok, a));
        Assert.Equal(0, _gateway.Services.GetRequiredService<KeyReader>().Failures);
    }

    [Fact]
    public async Task LookupFromBefore_IsNotJoined_ByWhoAsksWhenTheStoreAnswersAgain()
    {
        var cold = (await IssueAsync(1))[0];
        await AskAsync(await IssueAsync(4));

        // The connections there are lead nowhere any more; new ones are fine.
        _relay.Strand();
        var before = _gateway.TryAsync(Path, cold);
        var follower = _gateway.Services.GetRequiredService<ChangeFollower>();
        await Eventually.TrueAsync(() => follower.Problem is not null);
        await Eventually.TrueAsync(() => follower.Problem is null);

        Assert.Equal(Ok, await _gateway.TryAsync(Path, cold));
        Assert.False(before.IsCompleted, "It waited for the one before.");
        Assert.Equal("VERIFICATION_UNAVAILABLE", (await before).Code);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("hold")]
    [InlineData("deafen")]
    public async Task UnderLoad_EveryAnswerIsRight_FromWhenTheStoreAnswersAgain(string how)
    {
        var (warm, cold) = ((await IssueAsync(1))[0], new ConcurrentQueue<string>(await IssueAsync(150)));
        var answers = new ConcurrentQueue<(long Started, (HttpStatusCode, string) Answer)>();
        using var stop = new CancellationTokenSource();
        var bots = new[] { CallOnAsync(() => warm), CallOnAsync(() => warm), CallOnAsync(Cold), CallOnAsync(Cold) };
        await Eventually.TrueAsync(() => answers.Count > 20);
        var follower = _gateway.Services.GetRequiredService<ChangeFollower>();

        Break(how);
        _clock.Advance(TimeSpan.FromSeconds(6)); // past the lease
        await Eventually.TrueAsync(() => follower.Problem is not null);
        _relay.Restore();
        await Eventually.TrueAsync(() => follower.Problem is null);
        var over = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => answers.Count(a => a.Started > over) > 80);
        await stop.CancelAsync();
        await Task.WhenAll(bots);

        Assert.All(answers.Where(a => a.Started > over), a => Assert.Equal(Ok, a.Answer));
        Assert.Equal(1, follower.Incarnations);

        string Cold() => cold.TryDequeue(out var secret) ? secret : warm;

        async Task CallOnAsync(Func<string> secret)
        {
            while (!stop.IsCancellationRequested)
            {
                var started = Stopwatch.GetTimestamp();
                answers.Enqueue((started, await _gateway.TryAsync(Path, secret())));
                await Task.Delay(10, CancellationToken.None);
            }
        }
    }

    private void Break(string how)
    {
        if (how == "cut")
            _relay.Cut();
        else if (how == "hold")
            _relay.Hold();
        else
            _relay.Deafen();
    }

    private async Task<List<string>> IssueAsync(int count)
    {
        var secrets = new List<string>();
        for (var i = 0; i < count; i++)
            secrets.Add((await _store.IssueKeyAsync(settled: false)).Secret);
        await _store.SettledAsync();
        return secrets;
    }

    private Task<(HttpStatusCode Status, string Code)[]> AskAsync(List<string> secrets) =>
        Task.WhenAll(secrets.Select(s => _gateway.TryAsync(Path, s)));
}
