using System.Collections.Concurrent;

namespace Gateway.Tests;

/// <summary>
/// Keys that are made, used at once and revoked, round after round, while bots at every gateway ask for them all the time,
/// for keys that do not exist and for keys that stay, and while the account itself changes: whatever is being looked up
/// then leaves nothing old behind.
/// </summary>
public abstract class CacheRaceTests(string provider)
{
    private const int Rounds = 15;

    private readonly ConcurrentQueue<string> _wrong = new();
    private volatile string _current = NewKey();

    [Fact]
    public async Task KeyWorksEverywhereWhenItIsMade_AndNowhereWhenItIsRevoked_WhateverIsBeingLookedUp()
    {
        await using var fleet = await Deployment.StartAsync(new() { Provider = provider, Gateways = 3 });
        var (account, _) = await fleet.OpenAccountAsync();
        var (_, staying) = await fleet.Admin.IssueKeyAsync(account, new { role = "api_developer" });
        using var stop = new CancellationTokenSource();
        var bots = fleet.Gateways.SelectMany(g => Bots(g, staying, stop.Token)).ToList();
        bots.Add(RenameAsync(fleet, account, stop.Token));

        for (var round = 0; round < Rounds; round++)
        {
            var made = await fleet.Admin.IssueKeyAsync(account, new { role = "api_developer" });
            _current = made.Secret;
            Assert.Equal("200", await fleet.CallAsync(made.Secret));
            var path = $"/v1/accounts/{account}/api-keys/{made.Id}";
            fleet.EveryoneKnows(await fleet.Admin.DeleteAsync(path, new { confirmation = SdpPage.Name }));
            Assert.Equal("401 REVOKED_API_KEY", await fleet.CallAsync(made.Secret));
        }
        await stop.CancelAsync();
        await Task.WhenAll(bots);

        Assert.Empty(_wrong);
    }

    private IEnumerable<Task> Bots(TestGateway gateway, string staying, CancellationToken stop) =>
        [
            AskAsync(gateway, NewKey, ["401 INVALID_API_KEY"], stop),
            AskAsync(gateway, () => staying, ["200"], stop),
            // It may be asked for before this gateway knows of it: the admin API has not answered yet, or is to revoke it.
            AskAsync(gateway, () => _current, ["200", "401 REVOKED_API_KEY", "401 INVALID_API_KEY"], stop),
        ];

    private async Task AskAsync(TestGateway gateway, Func<string> key, string[] right, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var answer = await Deployment.CallAsync(gateway, key());
            if (!right.Contains(answer, StringComparer.Ordinal))
                _wrong.Enqueue(answer);
        }
    }

    private static async Task RenameAsync(Deployment fleet, string account, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var answer = await fleet.Admin.PatchAsync(
                $"/v1/accounts/{account}?wait=0",
                new { name = $"Acme {number}" }
            );
            answer.Succeeded();
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static string NewKey() => TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
}

/// <summary>On SQLite.</summary>
public sealed class CacheRaceOnSqliteTests() : CacheRaceTests("sqlite");

/// <summary>On Postgres.</summary>
public sealed class CacheRaceOnPostgresTests() : CacheRaceTests("postgres");
