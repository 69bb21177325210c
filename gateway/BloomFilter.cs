using System.Buffers.Binary;

namespace Gateway;

/// <summary>
/// Which SHA-256 values were added: says "no" only of those that were not. Sixteen bits a value and eight probes, which
/// are the eight words of the value itself: it is evenly spread already. At its capacity it says "perhaps" of one stranger
/// in 1,700; past that it stays right and only becomes fuller. Reading takes no lock; whoever adds takes turns.
/// </summary>
internal sealed class BloomFilter
{
    private const int BitsPerValue = 16;
    private const int BitsPerWord = 64;
    private const int ProbeBytes = sizeof(uint);

    // 256 MiB, for 134 million keys: what a gateway can spare, and what a probe of 32 bits can still reach.
    private const long MaxBits = 1L << 31;

    private readonly ulong[] _words;
    private readonly ulong _bits;
    private long _count;

    /// <summary>An empty one.</summary>
    /// <param name="capacity">Values it is made for.</param>
    public BloomFilter(long capacity)
    {
        var words = Math.Min(capacity * BitsPerValue, MaxBits) / BitsPerWord;
        _words = new ulong[words];
        _bits = (ulong)words * BitsPerWord;
        Capacity = capacity;
    }

    /// <summary>Values it is made for.</summary>
    public long Capacity { get; }

    /// <summary>Values added, but for those that seemed to be there already.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Memory it takes.</summary>
    public long Bytes => _words.LongLength * sizeof(ulong);

    /// <summary>Whether a larger one would say "perhaps" less often.</summary>
    public bool IsOutgrown => Count > Capacity && _bits < MaxBits;

    /// <summary>Adds one.</summary>
    /// <param name="value">At least four bytes, evenly spread; each four of them are a probe.</param>
    public void Add(ReadOnlySpan<byte> value)
    {
        var isNew = false;
        for (; value.Length >= ProbeBytes; value = value[ProbeBytes..])
        {
            var (word, bit) = Probe(value);
            isNew |= (_words[word] & bit) == 0;
            Volatile.Write(ref _words[word], _words[word] | bit);
        }
        if (isNew)
            Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Whether it may have been added; false only when it was not.</summary>
    /// <remarks>Every probe is made, whatever the first ones say: the time does not tell how much of a value is like one
    /// that was added.</remarks>
    public bool MayHold(ReadOnlySpan<byte> value)
    {
        var missing = 0UL;
        for (; value.Length >= ProbeBytes; value = value[ProbeBytes..])
        {
            var (word, bit) = Probe(value);
            missing |= ~Volatile.Read(ref _words[word]) & bit;
        }
        return missing == 0;
    }

    private (int Word, ulong Bit) Probe(ReadOnlySpan<byte> value)
    {
        // A number below 2^32 scaled to one below the number of bits.
        var bit = (BinaryPrimitives.ReadUInt32LittleEndian(value) * _bits) >> 32;
        return ((int)(bit / BitsPerWord), 1UL << (int)(bit % BitsPerWord));
    }
}
