using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What the cache may hold, while reads are held back and changes are applied in between.</summary>
public sealed class KeyCacheTests
{
    private static readonly Roles Roles = new(new Dictionary<string, string[]>());

    private readonly HeldReads _reads = new();
    private int _changes;

    [Fact]
    public async Task ManyWhoAskAtOnce_AreOneRead()
    {
        using var cache = Cache();
        var asked = Enumerable.Range(0, 50).Select(_ => cache.FindAsync("i", new("secret"))).ToList();

        var key = Key("k1");
        (await _reads.NextAsync()).SetResult(key);

        Assert.All(await Task.WhenAll(asked), found => Assert.Same(key, found));
        Assert.Equal((1, 1), (_reads.Count, cache.Misses));
        Assert.Same(key, Held(cache, "i"));
    }

    [Fact]
    public async Task ReadThatReturnsLate_LeavesNoOldRecord()
    {
        using var cache = Cache();
        var asked = cache.FindAsync("i", new("secret"));
        var late = await _reads.NextAsync();

        Apply(cache, ChangeKinds.KeyRevoked, "k1");
        late.SetResult(Key("k1"));

        var fresh = Key("k1");
        (await _reads.NextAsync()).SetResult(fresh);
        Assert.Same(fresh, await asked);
        Assert.Same(fresh, Held(cache, "i"));
    }

    // Nobody knows yet whose key it is that is being read, so that every change counts.
    [Theory]
    [InlineData(ChangeKinds.KeyUpdated, "another", 2)]
    [InlineData(ChangeKinds.KeyCreated, "another", 2)]
    [InlineData(ChangeKinds.KeyRevoked, "k1", 3)]
    [InlineData(ChangeKinds.AccountUpdated, null, 3)]
    [InlineData(ChangeKinds.AccountKeysRevoked, null, 3)]
    public async Task ReadFromBeforeAChange_IsNotJoined_ByWhoAsksAfterIt(string kind, string? keyId, int reads)
    {
        using var cache = Cache();
        var before = cache.FindAsync("i", new("secret"));
        var old = await _reads.NextAsync();

        Apply(cache, kind, keyId);
        var after = cache.FindAsync("i", new("secret"));
        var fresh = Key("k1");
        (await _reads.NextAsync()).SetResult(fresh);

        Assert.Same(fresh, await after);
        var stale = Key("k1");
        old.SetResult(stale);
        // Whoever was there before the change is answered by what is true now, if it was about this key.
        if (reads == 3)
            (await _reads.NextAsync()).SetResult(Key("k1"));
        Assert.Equal(reads == 3, await before != stale);
        Assert.Equal(reads, _reads.Count);
    }

    [Fact]
    public async Task ReadFromBeforeAnOutageWasOver_IsNotJoined()
    {
        using var cache = Cache();
        var before = cache.FindAsync("i", new("secret"));
        var lost = await _reads.NextAsync();

        cache.Detach();
        var after = cache.FindAsync("i", new("secret"));
        (await _reads.NextAsync()).SetResult(Key("k1"));

        Assert.NotNull(await after);
        lost.SetException(new UndecidedException("the store did not answer"));
        await Assert.ThrowsAsync<UndecidedException>(() => before);
        Assert.NotNull(Held(cache, "i"));
    }

    [Fact]
    public async Task AccountThatChangesMeanwhile_IsReadAgain_AndAnotherAccountIsNot()
    {
        using var cache = Cache();
        var asked = cache.FindAsync("i", new("secret"));
        var first = await _reads.NextAsync();
        Apply(cache, ChangeKinds.AccountUpdated, null, "a2");
        Apply(cache, ChangeKinds.AccountKeysRevoked, null, "a1");
        first.SetResult(Key("k1", "a1"));
        (await _reads.NextAsync()).SetResult(Key("k1", "a1"));
        var held = await asked;

        Apply(cache, ChangeKinds.AccountUpdated, null, "a2");
        Assert.Same(held, Held(cache, "i"));
        Apply(cache, ChangeKinds.AccountUpdated, null, "a1");
        Assert.Null(Held(cache, "i"));
        Assert.True(held!.IsDead);
    }

    [Fact]
    public async Task Unknown_IsForgotten_WhenAKeyIsMade_AlsoOneThatWasReadBefore()
    {
        using var cache = Cache();
        await FillAsync(cache, "i", null);
        Assert.True(cache.TryGet("i", out _));

        var asked = cache.FindAsync("j", new("secret"));
        var late = await _reads.NextAsync();
        Apply(cache, ChangeKinds.KeyCreated, "k1");
        late.SetResult(null);
        (await _reads.NextAsync()).SetResult(Key("k1"));

        Assert.NotNull(await asked);
        Assert.False(cache.TryGet("i", out _));
        Assert.NotNull(Held(cache, "j"));
    }

    [Fact]
    public async Task ReadOlderThanWhatIsRemembered_IsReadAgain()
    {
        using var cache = Cache();
        var asked = cache.FindAsync("i", new("secret"));
        var late = await _reads.NextAsync();
        Apply(cache, ChangeKinds.KeyRevoked, "k1");
        for (var i = 0; i < 1024; i++)
            Apply(cache, ChangeKinds.KeyUpdated, "another");

        late.SetResult(Key("k1"));
        var fresh = Key("k1");
        (await _reads.NextAsync()).SetResult(fresh);

        Assert.Same(fresh, await asked);
    }

    [Fact]
    public async Task KeyThatChangesFasterThanItIsRead_CannotBeDecided()
    {
        using var cache = Cache();
        var asked = cache.FindAsync("i", new("secret"));
        for (var read = 0; read < 4; read++)
        {
            var next = await _reads.NextAsync();
            Apply(cache, ChangeKinds.KeyUpdated, "k1");
            next.SetResult(Key("k1"));
        }

        await Assert.ThrowsAsync<UndecidedException>(() => asked);
        Assert.Null(Held(cache, "i"));
    }

    [Fact]
    public async Task StartingOver_DropsEverything_AlsoWhatIsBeingRead()
    {
        using var cache = Cache();
        var held = await FillAsync(cache, "i", Key("k1"));
        await FillAsync(cache, "j", null);
        var asked = cache.FindAsync("l", new("secret"));
        var late = await _reads.NextAsync();

        cache.StartOver(7);
        late.SetResult(Key("k2"));
        var fresh = Key("k2");
        (await _reads.NextAsync()).SetResult(fresh);

        Assert.Same(fresh, await asked);
        Assert.True(held!.IsDead);
        Assert.False(cache.TryGet("i", out _) || cache.TryGet("j", out _));
        Assert.Equal((7, 1), (cache.Applied, cache.Count));
    }

    [Fact]
    public async Task Cache_IsBounded_AndWhatMadeRoom_IsNotFoundByItsIdEither()
    {
        using var cache = Cache(new CacheOptions { MaxKeys = 10, MaxUnknown = 10 });
        for (var i = 0; i < 100; i++)
        {
            await FillAsync(cache, $"i{i}", Key($"k{i}"));
            await FillAsync(cache, $"u{i}", null);
            Assert.InRange(cache.Count, 0, 10);
            Assert.InRange(cache.UnknownCount, 0, 10);
        }

        await Eventually.TrueAsync(() => cache.Indexed == cache.Count);
        for (var i = 0; i < 100; i++)
            Apply(cache, ChangeKinds.KeyRevoked, $"k{i}");
        Assert.Equal((0, 0), (cache.Count, cache.Indexed));
    }

    [Fact]
    public async Task RoomIsMade_ByWhatWasNotUsedForLongest()
    {
        using var cache = Cache(new CacheOptions { MaxKeys = 20 });
        for (var i = 0; i < 20; i++)
            await FillAsync(cache, $"i{i}", Key($"k{i}"));

        for (var i = 20; i < 60; i++)
        {
            Assert.NotNull(Held(cache, "i0"));
            await FillAsync(cache, $"i{i}", Key($"k{i}"));
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }

        Assert.NotNull(Held(cache, "i0"));
        Assert.Null(Held(cache, "i1"));
    }

    [Fact]
    public async Task LookupsThatWait_AreBounded_DetachedOnesIncluded()
    {
        using var cache = Cache(new CacheOptions { MaxWaiting = 3 });
        var one = cache.FindAsync("i", new("secret"));
        var first = await _reads.NextAsync();
        Apply(cache, ChangeKinds.KeyUpdated, "another");
        var two = cache.FindAsync("i", new("secret"));
        var second = await _reads.NextAsync();

        await Assert.ThrowsAsync<UndecidedException>(() => cache.FindAsync("j", new("secret")));
        first.SetResult(Key("k1"));
        await one;
        var three = cache.FindAsync("j", new("secret"));
        (await _reads.NextAsync()).SetResult(null);
        Assert.Null(await three);
        second.SetException(new UndecidedException("the store did not answer"));
        await Assert.ThrowsAsync<UndecidedException>(() => two);
    }

    // Its hashes are never loaded, so that everything is read.
    private KeyCache Cache(CacheOptions? options = null) =>
        new(_reads.ReadAsync, new KnownHashes(new KeyHasher(new KeyOptions()), TestKeys.Format), options ?? new());

    private async Task<CachedKey?> FillAsync(KeyCache cache, string index, CachedKey? key)
    {
        var asked = cache.FindAsync(index, new("secret"));
        (await _reads.NextAsync()).SetResult(key);
        return await asked;
    }

    private static CachedKey? Held(KeyCache cache, string index) => cache.TryGet(index, out var key) ? key : null;

    private void Apply(KeyCache cache, string kind, string? keyId, string accountId = "a") =>
        cache.Apply(new Change(++_changes, Ids.Random(), kind, keyId, null, accountId, Sample.Now));

    private static CachedKey Key(string id, string accountId = "a") =>
        new(
            new KeyFacts(Sample.Key(Sample.Account()) with { Id = id, AccountId = accountId }, false),
            Roles,
            new KeyOptions(),
            TestKeys.Format.Environments[0]
        );
}
