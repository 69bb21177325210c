using System.Runtime.InteropServices;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Whether a key is in memory, which it is not: nothing of it is right, or all but a few of its last
/// characters. The leak compares it with the key there is, character by character.</summary>
internal sealed class LookUpSubject : TimedSubject, IDisposable
{
    private const int Held = 1_000;

    /// <summary>Random characters that the second class has right, of 32.</summary>
    public const int RightCharacters = 28;

    private readonly TimedKeys _keys;
    private readonly int _right;
    private readonly string[] _held;
    private readonly char[] _compared = new char[KeyLength];
    private readonly string[] _inputs = new string[Pairs * 2];
    private readonly KeyCache _cache;

    /// <summary>Fills a cache.</summary>
    public LookUpSubject(TimedKeys keys, bool isPlanted = false, int right = RightCharacters)
        : base($"a key not in memory, none or {right} characters of it right", isPlanted)
    {
        _keys = keys;
        _right = right;
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
            _inputs[(i * 2) + 1] = _keys.RightUpTo(_held[i % Held], _right);
        }
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair)
    {
        _inputs[(pair * 2) + kind].CopyTo(Input);
        _held[pair % Held].CopyTo(_compared);
    }

    /// <inheritdoc/>
    public override int Run()
    {
        Span<char> index = stackalloc char[KeyIndex.Length / sizeof(char)];
        KeyIndex.Compute(Input, MemoryMarshal.AsBytes(index));
        var isThere = _cache.TryGet(index, out _) ? 1 : 0;
        return IsPlanted ? isThere + Alike<char>(Input, _compared) : isThere;
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private static CachedKey Key() => BenchKeys.Compile(BenchKeys.Record("acc_x", null, []));
}
