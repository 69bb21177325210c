using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// The keys in memory, by the index of their credential, and no more than so many. To make room a hand goes round: whoever
/// was asked for since it last came by stays for another round, the first who was not has to go. Looking one up takes no
/// lock and reads no clock; everything else is for one caller at a time.
/// </summary>
internal sealed class KeyTable
{
    private readonly int _capacity;
    private readonly ConcurrentDictionary<string, CachedKey> _keys = new(Indexes.Comparer);
    private readonly ConcurrentDictionary<string, CachedKey>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<CachedKey?> _round = [];
    private readonly Stack<int> _free = [];
    private int _hand;
    private int _count;

    /// <summary>An empty table.</summary>
    public KeyTable(int capacity) => (_capacity, _lookup) = (capacity, _keys.GetAlternateLookup<ReadOnlySpan<char>>());

    /// <summary>Keys in it.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The key of an index.</summary>
    public bool TryGet(ReadOnlySpan<char> index, [NotNullWhen(true)] out CachedKey? key)
    {
        if (!_lookup.TryGetValue(index, out key))
            return false;
        // Only the first to ask writes: nobody else's processor loses the line for it.
        if (!key.WasAsked)
            key.WasAsked = true;
        return true;
    }

    /// <summary>Adds a key.</summary>
    /// <returns>The one that had to go for it: of the same index or, when all places are taken, another.</returns>
    public CachedKey? Add(CachedKey key)
    {
        var gone =
            _keys.TryGetValue(key.Index, out var old) ? old
            : _count >= _capacity ? Longest()
            : null;
        if (gone is not null)
            Remove(gone);
        if (!_free.TryPop(out var place))
        {
            place = _round.Count;
            _round.Add(null);
        }
        (_round[place], key.Place) = (key, place);
        _keys[key.Index] = key;
        Volatile.Write(ref _count, _count + 1);
        return gone;
    }

    /// <summary>Removes a key, if it is there.</summary>
    public void Remove(CachedKey key)
    {
        if (!_keys.TryRemove(new KeyValuePair<string, CachedKey>(key.Index, key)))
            return;
        _round[key.Place] = null;
        _free.Push(key.Place);
        Volatile.Write(ref _count, _count - 1);
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        _keys.Clear();
        _round.Clear();
        _free.Clear();
        _hand = 0;
        Volatile.Write(ref _count, 0);
    }

    // There is one: every place is taken, and whoever is passed over is not the next time.
    private CachedKey Longest()
    {
        while (true)
        {
            var key = _round[_hand]!;
            _hand = (_hand + 1) % _round.Count;
            if (!key.WasAsked)
                return key;
            key.WasAsked = false;
        }
    }

    // An index is random to everybody else: its first bits are as good a hash as any that could be made of it.
    private sealed class Indexes : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<char>, string>
    {
        public static Indexes Comparer { get; } = new();

        public bool Equals(string? one, string? other) => string.Equals(one, other, StringComparison.Ordinal);

        public bool Equals(ReadOnlySpan<char> one, string other) => one.SequenceEqual(other);

        public int GetHashCode(string index) => GetHashCode(index.AsSpan());

        public int GetHashCode(ReadOnlySpan<char> index) =>
            MemoryMarshal.TryRead<int>(MemoryMarshal.AsBytes(index), out var hash) ? hash : 0;

        public string Create(ReadOnlySpan<char> index) => index.ToString();
    }
}
