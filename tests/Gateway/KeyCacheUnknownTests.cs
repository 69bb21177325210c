using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Credentials that no key can be of, and keys that are made while somebody asks for them.</summary>
public sealed class KeyCacheUnknownTests
{
    private static readonly KeyHasher Hasher = new(new KeyOptions());

    private readonly HeldReads _reads = new();
    private readonly KnownHashes _known = new(Hasher, TestKeys.Format);
    private int _changes;

    [Fact]
    public async Task Unknown_IsReadNeverAndRememberedNowhere_SoTheKeyWorksAsSoonAsItIsMade()
    {
        using var cache = Complete(new CacheOptions());
        var secret = NewKey();

        Assert.Null(await cache.FindAsync("i", new(secret)));
        Assert.Null(await cache.FindAsync("i", new(secret)));
        Assert.Equal((0, 0, 0), (_reads.Count, cache.UnknownCount, cache.Misses));

        Create(cache, "k1", secret);
        var asked = cache.FindAsync("i", new(secret));
        (await _reads.NextAsync()).SetResult(Key("k1"));
        Assert.Equal("k1", (await asked)!.Record.Id);
    }

    [Fact]
    public async Task KeyThatIsMadeAgainstAStrangersLookup_IsNotHiddenByIt()
    {
        // Not all hashes are known yet, so that the stranger is read.
        using var cache = Filling(new CacheOptions(), out var filter);
        var secret = NewKey();
        var before = cache.FindAsync("i", new(secret));
        var late = await _reads.NextAsync();

        _known.Complete(filter);
        Create(cache, "k1", secret);
        var after = cache.FindAsync("i", new(secret));
        var fresh = await _reads.NextAsync();
        late.SetResult(null);
        // The change is applied: it is not "unknown" any more, and is read again.
        (await _reads.NextAsync()).SetResult(Key("k1"));
        Assert.NotNull(await before);
        fresh.SetResult(Key("k1"));
        Assert.NotNull(await after);
        Assert.True(cache.TryGet("i", out var held) && held is not null);
    }

    [Fact]
    public async Task StartingOver_LooksUpWhatWasUnknown()
    {
        using var cache = Complete(new CacheOptions());
        var secret = NewKey();
        Assert.Null(await cache.FindAsync("i", new(secret)));

        cache.StartOver(7);
        var asked = cache.FindAsync("i", new(secret));
        (await _reads.NextAsync()).SetResult(Key("k1"));

        Assert.NotNull(await asked);
    }

    [Fact]
    public async Task StrangersThatWait_LeaveAQuarterOfThePlaces_ToWhatIsKnownToBeAKey()
    {
        using var cache = Filling(new CacheOptions { MaxWaiting = 8 }, out _);
        var strangers = Enumerable.Range(0, 6).Select(i => cache.FindAsync($"s{i}", new(NewKey()))).ToList();
        Assert.Throws<UndecidedException>(() => cache.FindAsync("s6", new(NewKey())).IsCompleted);

        var keys = new List<Task<CachedKey?>>();
        foreach (var id in new[] { "k0", "k1" })
        {
            var secret = NewKey();
            Create(cache, id, secret);
            keys.Add(cache.FindAsync(id, new(secret)));
        }
        Assert.Throws<UndecidedException>(() => cache.FindAsync("s7", new(NewKey())).IsCompleted);
        for (var i = 0; i < 8; i++)
            (await _reads.NextAsync()).SetResult(Key("k"));

        // Keys were made meanwhile, but none of them was what a stranger's read has found.
        Assert.All(await Task.WhenAll(strangers.Concat(keys)), Assert.NotNull);
        var later = cache.FindAsync("s8", new(NewKey()));
        (await _reads.NextAsync()).SetResult(null);
        Assert.Null(await later);
    }

    private static string NewKey() => TestKeys.Format.Generate(TestKeys.Format.Environments[0]);

    private KeyCache Complete(CacheOptions options)
    {
        var cache = Filling(options, out var filter);
        _known.Complete(filter);
        return cache;
    }

    private KeyCache Filling(CacheOptions options, out BloomFilter filter)
    {
        var cache = new KeyCache(_reads.ReadAsync, _known, options);
        cache.StartOver(0);
        filter = _known.Begin(1_000);
        return cache;
    }

    private void Create(KeyCache cache, string id, string secret) =>
        cache.Apply(
            new Change(++_changes, "", ChangeKinds.KeyCreated, id, Hasher.HashNew(secret).Hash, "a", Sample.Now)
        );

    private static CachedKey Key(string id) =>
        new(
            new KeyFacts(Sample.Key(Sample.Account()) with { Id = id }, false),
            new Roles(new Dictionary<string, string[]>()),
            new KeyOptions(),
            TestKeys.Format.Environments[0]
        );
}
