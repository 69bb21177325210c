using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>A SQLite file that is moved away, or replaced by a backup, under processes that run: they go on with what lies
/// at its path, and never with a file that nobody else sees any more.</summary>
public sealed class ReplacedFileTests
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Revoked = (HttpStatusCode.Unauthorized, "REVOKED_API_KEY");

    [Fact]
    public async Task GatewayWhoseFileWasReplaced_StartsOverWithTheNewOne_AndHearsOfItsChanges()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        var (key, secret) = await store.IssueKeyAsync();
        var backup = await BackUpAsync(store);
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream));
        Assert.Equal(Ok, await gateway.TryAsync(Path, secret));
        var follower = gateway.Services.GetRequiredService<ChangeFollower>();

        MoveAway(store);
        File.Move(backup, FileOf(store));
        await Eventually.TrueAsync(() => follower.Incarnations == 2 && follower.Problem is null);

        // Its row is in the new file: whoever revokes a key there waits for it.
        var open = Assert.Single(await store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
        Assert.Equal(follower.Incarnation, open.Incarnation);
        await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { RevokedAt = key.CreatedAt, Version = 2 });
            await s.AppendChangeAsync(ChangeKinds.KeyRevoked, key.AccountId, key);
        });
        await store.SettledAsync();
        Assert.Equal(Revoked, await gateway.TryAsync(Path, secret));
    }

    [Fact]
    public async Task FileThatIsGone_IsAnOutage_AndIsNotMadeAgainEmpty()
    {
        await using var store = await TestStore.SqliteAsync();
        await store.IssueKeyAsync();
        var aside = MoveAway(store);

        for (var i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<SqliteException>(() => store.Database.ReadAsync(s => s.GetHeadAsync()));
            Assert.False(File.Exists(FileOf(store)));
        }

        foreach (var file in Directory.GetFiles(aside))
            File.Move(file, System.IO.Path.Combine(FolderOf(store), System.IO.Path.GetFileName(file)));
        Assert.Equal(1, await store.Database.ReadAsync(s => s.GetHeadAsync()));
    }

    private static async Task<string> BackUpAsync(TestStore store)
    {
        var backup = System.IO.Path.Combine(FolderOf(store), "backup.db");
        await store.Database.ReadAsync(s => s.ExecuteAsync($"vacuum into '{backup}'"));
        return backup;
    }

    private static string MoveAway(TestStore store)
    {
        var aside = Directory.CreateDirectory(System.IO.Path.Combine(FolderOf(store), "aside")).FullName;
        var file = FileOf(store);
        foreach (var part in Directory.GetFiles(FolderOf(store), System.IO.Path.GetFileName(file) + "*"))
            File.Move(part, System.IO.Path.Combine(aside, System.IO.Path.GetFileName(part)));
        return aside;
    }

    private static string FileOf(TestStore store) =>
        new SqliteConnectionStringBuilder(store.Options.ConnectionString).DataSource;

    private static string FolderOf(TestStore store) => System.IO.Path.GetDirectoryName(FileOf(store))!;
}
