using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What tells a gateway on SQLite that there is something to read.</summary>
public sealed class CommitWatchTests
{
    [Fact]
    public async Task Watch_TellsOfEachCommit_OfWhicheverProcess_AndOfNothingElse()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var other = store.OpenAgain();
        using var watch = store.Database.WatchCommits()!;
        Assert.True(watch.HasNews(), "At first nothing is known.");

        foreach (var database in new[] { store.Database, other })
        {
            Assert.False(watch.HasNews());
            await database.ReadAsync(s => s.GetHeadAsync());
            Assert.False(watch.HasNews());
            await database.WriteAsync(s => s.AppendChangeAsync(ChangeKinds.AccountUpdated, "acc_any"));
            Assert.True(watch.HasNews());
        }
        Assert.False(watch.HasNews());
    }

    [Fact]
    public async Task Watch_SaysNothing_OfWhatWasNotCommitted()
    {
        await using var store = await TestStore.SqliteAsync();
        using var watch = store.Database.WatchCommits()!;
        watch.HasNews();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            store.Database.WriteAsync(async s =>
            {
                await s.AppendChangeAsync(ChangeKinds.AccountUpdated, "acc_any");
                throw new InvalidOperationException("No.");
            })
        );

        Assert.False(watch.HasNews());
    }

    [Fact]
    public async Task Watch_FollowsThePath_WhenAnotherFileIsPutThere()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var backup = await TestStore.SqliteAsync();
        using var watch = store.Database.WatchCommits()!;
        watch.HasNews();

        File.Move(FileOf(store), FileOf(store) + ".old");
        Assert.False(watch.HasNews(), "Nothing lies there.");
        File.Copy(FileOf(backup), FileOf(store));

        Assert.True(watch.HasNews());
        await store.Database.WriteAsync(s => s.AppendChangeAsync(ChangeKinds.AccountUpdated, "acc_any"));
        Assert.True(watch.HasNews());
    }

    private static string FileOf(TestStore store) => store.Options.ConnectionString.Split('=', 2)[1];
}
