using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task TwentyCreatesAtOnce_AgainstALimitOfTen_YieldExactlyTen()
    {
        var account = await _store.AddAccountAsync();
        await using var other = _store.OpenAgain();

        var made = await Racing.RunAsync(
            20,
            i =>
                (i % 2 == 0 ? Database : other).WriteAsync(async s =>
                {
                    await s.GetAccountAsync(account.Id, forUpdate: true);
                    if (await s.CountActiveKeysAsync(account.Id, Sample.Now) >= 10)
                        return false;
                    var key = Sample.Key(account);
                    await s.InsertKeyAsync(key);
                    await s.AppendChangeAsync(ChangeKinds.KeyCreated, account.Id, key);
                    return true;
                })
        );

        Assert.Equal(10, made.Count(m => m));
        Assert.Equal(10, await ReadAsync(s => s.CountActiveKeysAsync(account.Id, Sample.Now)));
        Assert.Equal(10, await ReadAsync(s => s.GetHeadAsync()));
    }

    [Fact]
    public async Task TwoRotationsAtOnce_OneWins()
    {
        var account = await _store.AddAccountAsync();
        var old = await _store.AddKeyAsync(Sample.Key(account));

        var won = await Racing.RunAsync(
            2,
            _ =>
                WriteAsync(async s =>
                {
                    await s.GetAccountAsync(account.Id, forUpdate: true);
                    var key = await s.GetKeyAsync(old.Id, forUpdate: true);
                    if (key!.RotatedTo is not null)
                        return false;
                    var next = Sample.Key(account) with { RotatedFrom = key.Id, LineId = key.LineId };
                    await s.InsertKeyAsync(next);
                    await s.UpdateKeyAsync(key with { RotatedTo = next.Id, Version = key.Version + 1 });
                    await s.AppendChangeAsync(ChangeKinds.KeyUpdated, account.Id, key);
                    return true;
                })
        );

        Assert.Single(won, w => w);
        Assert.Equal(2, (await ReadAsync(s => s.GetKeyAsync(old.Id)))!.Version);
    }

    [Fact]
    public async Task ChangeNumbers_AreGapless_AndInCommitOrder_WhileSixteenWrite()
    {
        const int writers = 16;
        const int rounds = 6;
        var accounts = await Racing.RunAsync(writers, _ => _store.AddAccountAsync());
        await using var other = _store.OpenAgain();
        using var done = new CancellationTokenSource();
        var follower = Task.Run(() => FollowAsync(done.Token)); // SQLite answers synchronously

        await Racing.RunAsync(
            writers,
            async i =>
            {
                for (var round = 0; round < rounds; round++)
                    await AppendOrRollBackAsync(i % 2 == 0 ? Database : other, accounts[i], rollBack: round % 3 == 1);
                return true;
            }
        );
        await done.CancelAsync();

        var seen = await follower;
        Assert.Equal(Enumerable.Range(1, seen.Count).Select(n => (long)n), seen);
        Assert.Equal(writers * rounds * 2 / 3, await ReadAsync(s => s.GetHeadAsync()));
        var all = await ReadAsync(s => s.ReadChangesAsync(1, 1_000));
        Assert.Equal(Enumerable.Range(1, writers * rounds * 2 / 3).Select(n => (long)n), all.Select(c => c.Number));
        Assert.Equal(all.Count, all.Select(c => c.Id).Distinct().Count());
    }

    // Reads as a gateway does: a number that became visible after a higher one would be missed for ever.
    private async Task<List<long>> FollowAsync(CancellationToken done)
    {
        var seen = new List<long>();
        while (!done.IsCancellationRequested)
            seen.AddRange(
                (await ReadAsync(s => s.ReadChangesAsync(seen.LastOrDefault() + 1, 100))).Select(c => c.Number)
            );
        return seen;
    }

    private static async Task AppendOrRollBackAsync(Database database, Account account, bool rollBack)
    {
        try
        {
            await database.WriteAsync(async s =>
            {
                await s.GetAccountAsync(account.Id, forUpdate: true);
                await s.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id);
                if (rollBack)
                    throw new OperationCanceledException();
            });
        }
        catch (OperationCanceledException) when (rollBack)
        {
            // As meant: its number must be given to someone else.
        }
    }
}
