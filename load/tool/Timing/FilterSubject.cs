using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Whether there is a key, which there is not: none has a hash like it, or one has, but for its last bytes. Hashes
/// are computed before: what is done with them is what could tell of the keys there are. The leak asks the filter probe by
/// probe, up to the first that is missing.</summary>
internal sealed class FilterSubject : TimedSubject
{
    private const int BytesAlike = 28;
    private const int ProbeBytes = sizeof(uint);

    // Half full, and small enough for the nearest cache: which of its memory was written to last does not show.
    private const int Capacity = Pairs * 4;

    private readonly TimedKeys _keys;
    private readonly KnownHashes _known = new(new KeyHasher(new KeyOptions()), TimedKeys.Format);
    private readonly Presented[] _inputs = new Presented[Pairs * 2];

    // That of the key, and that of its display prefix.
    private readonly byte[][] _hashes = [new byte[KeyHasher.HashLength], new byte[KeyHasher.HashLength]];
    private readonly Presented _presented;
    private BloomFilter _filter = new(Capacity);

    /// <summary>Makes an empty one.</summary>
    public FilterSubject(TimedKeys keys, bool isPlanted = false)
        : base("an unknown key, by how much of its hash there is", isPlanted)
    {
        _keys = keys;
        _presented = new("") { Hashes = _hashes };
        _known.StartOver();
    }

    /// <inheritdoc/>
    public override void Renew()
    {
        _filter = _known.Begin(Capacity);
        for (var i = 0; i < _inputs.Length; i++)
            Replace(i);
        _known.Complete(_filter);
        ReplaceThoseThatSeemToBeThere();
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair)
    {
        var hashes = _inputs[(pair * 2) + kind].Hashes!;
        for (var i = 0; i < _hashes.Length; i++)
            hashes[i].CopyTo(_hashes[i], 0);
    }

    /// <inheritdoc/>
    public override int Run()
    {
        var standing = (int)_known.Look(_presented);
        return IsPlanted ? standing + ProbesUpToTheFirstMissing() : standing;
    }

    private int ProbesUpToTheFirstMissing()
    {
        var at = 0;
        while (at < KeyHasher.HashLength && _filter.MayHold(_hashes[0].AsSpan(at, ProbeBytes)))
            at += ProbeBytes;
        return at;
    }

    // A coincidence, which takes a look at the store in any case. Whatever is added may be another's coincidence. Each input
    // is looked at, so that what all of them will be looked for in is as near, and so that all have their hashes.
    private void ReplaceThoseThatSeemToBeThere()
    {
        for (var isReplaced = true; isReplaced; )
        {
            isReplaced = false;
            for (var i = 0; i < _inputs.Length; i++)
            {
                if (_known.Excludes(_inputs[i]))
                    continue;
                Replace(i);
                isReplaced = true;
            }
        }
    }

    private void Replace(int input)
    {
        var key = _keys.New();
        _inputs[input] = new(key);
        _filter.Add(_keys.HashLike(key, input % 2 == 0 ? 0 : BytesAlike));
    }
}
