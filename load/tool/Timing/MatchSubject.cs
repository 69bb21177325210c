using System.Security.Cryptography;
using System.Text;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Whether a record is a key's, which it is not: its hash is like nothing, or like the key's but for its last
/// bytes. Both are asked of one record, in which the hash is written over before. The key's hash is computed before as well:
/// that knows nothing of the record, and takes a time that would hide the comparison's. The leak compares byte by byte.</summary>
internal sealed class MatchSubject(TimedKeys keys, bool isPlanted = false)
    : TimedSubject("a record's hash, by how much of it is alike", isPlanted)
{
    private const int BytesAlike = 28;

    private readonly byte[][] _right = new byte[Pairs][];
    private readonly byte[][] _hashes = new byte[Pairs * 2][];
    private readonly byte[] _hash = new byte[KeyHasher.HashLength];
    private readonly KeyRecord _record = BenchKeys.Record("acc_x", null, []) with
    {
        Hash = new byte[KeyHasher.HashLength],
    };

    /// <inheritdoc/>
    public override void Renew()
    {
        for (var i = 0; i < Pairs; i++)
        {
            var key = keys.New();
            _right[i] = SHA256.HashData(Encoding.ASCII.GetBytes(key));
            _hashes[i * 2] = keys.HashLike(key, 0);
            _hashes[(i * 2) + 1] = keys.HashLike(key, BytesAlike);
        }
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair)
    {
        _right[pair].CopyTo(_hash, 0);
        _hashes[(pair * 2) + kind].CopyTo(_record.Hash, 0);
    }

    /// <inheritdoc/>
    public override int Run()
    {
        var match = (int)KeyHasher.Compare(_hash, _record);
        return IsPlanted ? match + Alike<byte>(_hash, _record.Hash) : match;
    }
}
