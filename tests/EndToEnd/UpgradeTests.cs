using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>From an older release's store to this one, and from this one to a newer's, with the real executables.</summary>
public sealed class UpgradeTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task KeysOfTheFirstRelease_WorkThroughThisOne(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider, migrated: false);
        var old = await FirstSchema.CreateAsync(store);
        await using var pair = new ProcessPair(store.Options);
        await using (var migrate = pair.RunAdmin("migrate"))
        {
            Assert.True(await migrate.ExitAsync(Within) == 0, migrate.Output);
            Assert.Contains("Applied: 0002_status_indexes.sql", migrate.Output, StringComparison.Ordinal);
        }
        pair.StartAdmin();
        pair.StartGateway();
        await pair.ReadyAsync();

        Assert.Equal("200", await pair.CallAsync(old.Secret));
        Assert.Equal("401 REVOKED_API_KEY", await pair.CallAsync(old.RevokedSecret));
        var key = await store.Database.ReadAsync(s => s.GetKeyAsync(old.KeyId));
        Assert.InRange(key!.LastUsedAt!.Value, FirstSchema.Used, DateTimeOffset.MaxValue);
        var receipt = (await pair.RevokeAsync(old.Account, old.KeyId)).Succeeded().Data["propagation"]!;
        Assert.True((bool)receipt["complete"]!);
        Assert.Equal("401 REVOKED_API_KEY", await pair.CallAsync(old.Secret));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task EverySchemaInBetween_IsBroughtToTheNewest_WithItsRows(string provider)
    {
        for (var version = 1; ; version++)
        {
            await using var store = await TestStore.CreateAsync(provider, migrated: false);
            var old = await FirstSchema.CreateAsync(store);
            var known = Migration.Embedded(store.Database.Dialect);
            await Migrator.MigrateAsync(store.Database, [.. known.Take(version)]);

            Assert.Equal(known.Skip(version).Select(m => m.Name), await Migrator.MigrateAsync(store.Database));
            var key = await store.Database.ReadAsync(s => s.GetKeyAsync(old.KeyId));
            Assert.Equal((old.Account, SdpPage.Name), (key!.AccountId, key.Name));
            Assert.Equal(["read"], key.Permissions!);
            Assert.Equal(FirstSchema.Used, key.LastUsedAt);
            if (version == known.Count)
                return;
        }
    }

    [Fact]
    public async Task ReleaseThatIsOlderThanTheSchema_RefusesInWords_AndServesNobody()
    {
        await using var store = await TestStore.SqliteAsync();
        var (_, secret) = await store.IssueKeyAsync();
        await store.Database.WriteAsync(s => s.ExecuteAsync("insert into schema_migrations (version) values ('9999')"));
        await using var pair = new ProcessPair(store.Options);
        await using (var migrate = pair.RunAdmin("migrate"))
        {
            Assert.Equal(1, await migrate.ExitAsync(Within));
            AssertSaysSo(migrate.Output);
            Assert.DoesNotContain("   at ", migrate.Output, StringComparison.Ordinal);
        }
        pair.StartAdmin();
        pair.StartGateway();

        foreach (var process in new[] { pair.Desk, pair.Ops })
        {
            await Eventually.TrueAsync(async () => (await ProcessPair.ReadyzAsync(process)).Text.Contains("9999"));
            var (status, text) = await ProcessPair.ReadyzAsync(process);
            Assert.Equal(503, status);
            AssertSaysSo(text.Replace("\\u0027", "'", StringComparison.Ordinal));
        }
        Assert.Equal("503 VERIFICATION_UNAVAILABLE", await pair.CallAsync(secret));
    }

    private static void AssertSaysSo(string text)
    {
        Assert.Contains("schema version 9999", text, StringComparison.Ordinal);
        Assert.Contains("a newer release migrated it", text, StringComparison.Ordinal);
        Assert.Contains("admin-api migrate --down", text, StringComparison.Ordinal);
    }
}
