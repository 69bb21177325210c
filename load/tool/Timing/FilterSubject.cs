using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Whether there is a key, which there is not: none has a hash like it, or one has, but for its last bytes.</summary>
internal sealed class FilterSubject : TimedSubject
{
    private const int BytesAlike = 28;

    // Half full, and small enough for the nearest cache: which of its memory was written to last does not show.
    private const int Capacity = Pairs * 4;

    private readonly TimedKeys _keys;
    private readonly KnownHashes _known = new(new KeyHasher(new KeyOptions()), TimedKeys.Format);
    private readonly string[] _inputs = new string[Pairs * 2];
    private Presented _presented = new("");

    /// <summary>Makes an empty one.</summary>
    public FilterSubject(TimedKeys keys)
        : base("an unknown key, by how much of its hash there is")
    {
        _keys = keys;
        _known.StartOver();
    }

    /// <inheritdoc/>
    public override void Renew()
    {
        var filter = _known.Begin(Capacity);
        for (var i = 0; i < _inputs.Length; i++)
        {
            _inputs[i] = _keys.New();
            filter.Add(_keys.HashLike(_inputs[i], AlikeOf(i)));
        }
        _known.Complete(filter);
        ReplaceThoseThatSeemToBeThere(filter);
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair) => _presented = new(new string(_inputs[(pair * 2) + kind]));

    /// <inheritdoc/>
    public override int Run() => (int)_known.Look(_presented);

    // A coincidence, which takes a look at the store in any case. Whatever is added may be another's coincidence. Each input
    // is looked at, so that what all of them will be looked for in is as near.
    private void ReplaceThoseThatSeemToBeThere(BloomFilter filter)
    {
        for (var isReplaced = true; isReplaced; )
        {
            isReplaced = false;
            for (var i = 0; i < _inputs.Length; i++)
            {
                if (_known.Excludes(new Presented(_inputs[i])))
                    continue;
                _inputs[i] = _keys.New();
                filter.Add(_keys.HashLike(_inputs[i], AlikeOf(i)));
                isReplaced = true;
            }
        }
    }

    private static int AlikeOf(int input) => input % 2 == 0 ? 0 : BytesAlike;
}
