using System.Runtime.InteropServices;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Whether a key is in memory, which it is not: nothing of it is right, or all but a few of its last
/// characters.</summary>
internal sealed class LookUpSubject : TimedSubject, IDisposable
{
    private const int Held = 1_000;
    private const int RightCharacters = 28;

    private readonly TimedKeys _keys;
    private readonly string[] _held;
    private readonly string[] _inputs = new string[Pairs * 2];
    private readonly KeyCache _cache;

    /// <summary>Fills a cache.</summary>
    public LookUpSubject(TimedKeys keys)
        : base("a key not in memory, by how much of it is right")
    {
        _keys = keys;
        _held = [.. Enumerable.Range(0, Held).Select(_ => keys.New())];
        var hashes = new KnownHashes(new KeyHasher(new KeyOptions()), TimedKeys.Format);
        _cache = new KeyCache((_, _) => Task.FromResult<CachedKey?>(Key()), hashes, new CacheOptions());
        foreach (var key in _held)
        {
            var index = new char[KeyIndex.Length / sizeof(char)];
            BenchKeys.Index(key, index);
            _cache.FindAsync(new string(index), new Presented(key)).GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc/>
    public override void Renew()
    {
        for (var i = 0; i < Pairs; i++)
        {
            _inputs[i * 2] = _keys.RightUpTo(_held[i % Held], 0);
            _inputs[(i * 2) + 1] = _keys.RightUpTo(_held[i % Held], RightCharacters);
        }
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair) => _inputs[(pair * 2) + kind].CopyTo(Input);

    /// <inheritdoc/>
    public override int Run()
    {
        Span<char> index = stackalloc char[KeyIndex.Length / sizeof(char)];
        KeyIndex.Compute(Input, MemoryMarshal.AsBytes(index));
        return _cache.TryGet(index, out _) ? 1 : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private static CachedKey Key() => BenchKeys.Compile(BenchKeys.Record("acc_x", null, []));
}
