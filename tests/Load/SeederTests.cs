using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Gateway.Load;

namespace Gateway.Tests;

/// <summary>What <c>load seed</c> writes is a store like any other: gateways and the admin API go on from it.</summary>
public sealed class SeederTests
{
    private const int Count = 500;
    private const int Cycle = 100;
    private const int Revoked = 97;
    private const int Disabled = 98;
    private const int Expired = 99;

    private const string Route = """
        , "tokens": { "ClusterId": "up", "Match": { "Path": "/v1/tokens/{**rest}" },
          "Metadata": { "Permissions": "tokens:read" } }
        """;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task SeededKeys_AreJudgedByWhatTheyAre(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider, migrated: false);
        var keys = await SeedAsync(store);
        await using var upstream = new RecordingUpstream();
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream, Route));

        async Task<(HttpStatusCode, string)> TryAsync(long number) =>
            await gateway.TryAsync("/v1/tokens/x", keys.Secret(number));

        // One of each kind of grants and addresses, the one with ten thousand ranges, and the last.
        foreach (var number in new[] { SeededKeys.Wide, 1, 2, 3, 6, keys.Usable().Last() })
            Assert.Equal((HttpStatusCode.OK, ""), await TryAsync(number));
        Assert.Equal((HttpStatusCode.Unauthorized, "REVOKED_API_KEY"), await TryAsync(Revoked));
        Assert.Equal((HttpStatusCode.Unauthorized, "DISABLED_API_KEY"), await TryAsync(Disabled));
        Assert.Equal((HttpStatusCode.Unauthorized, "EXPIRED_API_KEY"), await TryAsync(Expired));

        // The feed goes on where the seeder ended.
        var (_, made) = await store.IssueKeyAsync(k => k with { Permissions = [SeededKeys.Permission] });
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/v1/tokens/x", made)).Status);
        Assert.Equal(keys.Head + 1, await store.Database.ReadAsync(s => s.GetHeadAsync()));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task SeededStore_HasAsManyRowsAsItSays_AndAFeedWithoutGaps(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider, migrated: false);
        var keys = await SeedAsync(store);

        Assert.Equal(Count, await CountAsync(store, "api_keys"));
        Assert.Equal(keys.Accounts, await CountAsync(store, "accounts"));
        Assert.Equal(Count / 2, await CountAsync(store, "last_used"));
        var changes = await store.Database.ReadAsync(s => s.ReadChangesAsync(0, 10 * Count));
        Assert.Equal(
            Enumerable.Range(0, changes.Count).Select(i => changes[0].Number + i),
            changes.Select(c => c.Number)
        );
        Assert.Equal(keys.Head, changes[^1].Number);
        Assert.Equal(keys.Head, await store.Database.ReadAsync(s => s.GetHeadAsync()));
        Assert.InRange(changes.Count, 1, Count - 1);
        var revoked = await store.Database.ReadAsync(s => s.GetKeyAsync(keys.Record(Count - Cycle + Revoked).Id));
        Assert.Equal(ChangeKinds.KeyRevoked, changes.Single(c => c.Number == revoked!.RevokedChange).Kind);
    }

    [Fact]
    public async Task StoreThatIsInUse_IsNotSeeded()
    {
        await using var store = await TestStore.SqliteAsync();
        await store.IssueKeyAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => SeedAsync(store));

        Assert.Equal(1, await CountAsync(store, "api_keys"));
    }

    [Fact]
    public void Secrets_DependOnTheirNumberAndTheSeedAlone()
    {
        var (one, again) = (
            new SeededKeys(Count, 1, TimeProvider.System),
            new SeededKeys(10 * Count, 1, TimeProvider.System)
        );
        var other = new SeededKeys(Count, 2, TimeProvider.System);

        Assert.Equal(one.Secret(7), again.Secret(7));
        Assert.NotEqual(one.Secret(7), other.Secret(7));
        Assert.All(Enumerable.Range(0, Count), n => Assert.True(TestKeys.Format.TryParse(one.Secret(n), out _)));
    }

    private static async Task<SeededKeys> SeedAsync(TestStore store)
    {
        var keys = new SeededKeys(Count, seed: 1, TimeProvider.System);
        await Seeder.FillAsync(store.Options, keys);
        return keys;
    }

    private static Task<long> CountAsync(TestStore store, string table) =>
        store.Database.ReadAsync(s => s.ValueAsync<long>($"select count(*) from {table}"));
}
