using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Whether a record is a key's, which it is not: its hash is like nothing, or like the key's but for its last
/// bytes. Both are asked of one record, in which the hash is written over before.</summary>
internal sealed class MatchSubject(TimedKeys keys) : TimedSubject("a record's hash, by how much of it is alike")
{
    private const int BytesAlike = 28;

    private readonly KeyHasher _hasher = new(new KeyOptions());
    private readonly string[] _keys = new string[Pairs];
    private readonly byte[][] _hashes = new byte[Pairs * 2][];
    private readonly KeyRecord _record = BenchKeys.Record("acc_x", null, []) with
    {
        Hash = new byte[KeyHasher.HashLength],
    };

    /// <inheritdoc/>
    public override void Renew()
    {
        for (var i = 0; i < Pairs; i++)
        {
            _keys[i] = keys.New();
            _hashes[i * 2] = keys.HashLike(_keys[i], 0);
            _hashes[(i * 2) + 1] = keys.HashLike(_keys[i], BytesAlike);
        }
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair)
    {
        _keys[pair].CopyTo(Input);
        _hashes[(pair * 2) + kind].CopyTo(_record.Hash, 0);
    }

    /// <inheritdoc/>
    public override int Run() => (int)_hasher.Match(Input, _record);
}
