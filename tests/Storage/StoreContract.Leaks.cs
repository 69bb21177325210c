using System.Security.Cryptography;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Leak_IsKeptOncePerPlace_AndListedNewestFirst()
    {
        var key = await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));
        Leak Found(string url, int minutes) =>
            new(key.Id, key.AccountId, url, "scanner", "commit", Sample.Now.AddMinutes(minutes));
        Task<bool> KeepAsync(Leak leak) => Database.WriteAsync(s => s.TryInsertLeakAsync(leak));

        Assert.True(await KeepAsync(Found("https://example.com/a", 1)));
        Assert.True(await KeepAsync(Found("https://example.com/b", 2)));
        Assert.False(await KeepAsync(Found("https://example.com/a", 3)));
        Assert.True(await ReadAsync(s => s.HasLeakAsync(key.Id, "https://example.com/a")));
        Assert.False(await ReadAsync(s => s.HasLeakAsync(key.Id, "https://example.com/c")));

        Leak[] newestFirst = [Found("https://example.com/b", 2), Found("https://example.com/a", 1)];
        Assert.Equal(newestFirst, await ReadAsync(s => s.ListLeaksOfKeyAsync(key.Id)));
        Assert.Equal(newestFirst, await ReadAsync(s => s.ListLeaksAsync(key.AccountId, Sample.Now, 10)));
        Assert.Single(await ReadAsync(s => s.ListLeaksAsync(key.AccountId, Sample.Now.AddMinutes(2), 10)));
        Assert.Single(await ReadAsync(s => s.ListLeaksAsync(key.AccountId, Sample.Now, 1)));
        Assert.Empty(await ReadAsync(s => s.ListLeaksAsync("acc_other", Sample.Now, 10)));
    }

    [Fact]
    public async Task PlacesOfAKey_AreBounded()
    {
        var key = await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));

        for (var i = 0; i < LeakStore.MaxOfKey + 3; i++)
        {
            var leak = new Leak(key.Id, key.AccountId, $"https://example.com/{i}", "scanner", null, Sample.Now);
            Assert.Equal(i < LeakStore.MaxOfKey, await Database.WriteAsync(s => s.TryInsertLeakAsync(leak)));
        }

        Assert.Equal(LeakStore.MaxOfKey, (await ReadAsync(s => s.ListLeaksOfKeyAsync(key.Id))).Count);
    }

    [Fact]
    public async Task LeakedToken_IsKeptOnce_AndFoundByItsHash()
    {
        var token = new LeakedToken(RandomNumberGenerator.GetBytes(32), "op_1", Sample.Now);
        Assert.True(await Database.WriteAsync(s => s.TryInsertLeakedTokenAsync(token)));
        Assert.False(await Database.WriteAsync(s => s.TryInsertLeakedTokenAsync(token with { OperatorId = "op_2" })));

        var found = await ReadAsync(s => s.FindLeakedTokenAsync(token.TokenHash));
        Assert.Equal((token.OperatorId, token.At), (found!.OperatorId, found.At));
        Assert.Equal(token.TokenHash, found.TokenHash);
        Assert.Null(await ReadAsync(s => s.FindLeakedTokenAsync(RandomNumberGenerator.GetBytes(32))));
    }
}
