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
}
