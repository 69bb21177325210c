using System.Collections.Concurrent;

namespace Gateway.Tests;

/// <summary>A key that a client has.</summary>
/// <param name="Id">What the history calls it.</param>
/// <param name="Secret">What is sent.</param>
/// <param name="Name">What its revocation asks for.</param>
public sealed record IssuedKey(string Id, string Secret, string Name)
{
    /// <summary>Whether it is known to have ended.</summary>
    public bool HasEnded { get; set; }
}

/// <summary>A place for a key of an account: there is one at a time that is changed.</summary>
public sealed class KeySlot
{
    private volatile IssuedKey? _key;
    private volatile bool _unsettled;

    /// <summary>The key; null before the first.</summary>
    public IssuedKey? Key
    {
        get => _key;
        set => _key = value;
    }

    /// <summary>A write to it ended without an answer: nothing more is written until it is known what came of it.</summary>
    public bool IsUnsettled
    {
        get => _unsettled;
        set => _unsettled = value;
    }

    /// <summary>Notes that its key has ended.</summary>
    public void EndKey()
    {
        if (_key is { } key)
            key.HasEnded = true;
    }
}

/// <summary>An account of the run, and the keys its clients have.</summary>
/// <param name="id">Its id.</param>
/// <param name="name">What revoking all its keys asks for.</param>
/// <param name="slots">How many keys it has at a time.</param>
public sealed class Tenant(string id, string name, int slots)
{
    // Of those that have been replaced, the newest: a client that has not heard of it goes on calling.
    private const int Remembered = 6;

    private readonly ConcurrentQueue<IssuedKey> _past = new();
    private volatile bool _unsettled;
    private volatile bool _lostKeys;

    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Its places for keys.</summary>
    public IReadOnlyList<KeySlot> Slots { get; } = [.. Enumerable.Range(0, slots).Select(_ => new KeySlot())];

    /// <summary>Keys that were replaced.</summary>
    public IReadOnlyCollection<IssuedKey> Past => _past;

    /// <summary>A write to the account as a whole ended without an answer.</summary>
    public bool IsUnsettled
    {
        get => _unsettled;
        set => _unsettled = value;
    }

    /// <summary>There may be keys that work and that are in no place: they count against the account's limit.</summary>
    public bool HasLostKeys
    {
        get => _lostKeys;
        set => _lostKeys = value;
    }

    /// <summary>Every key its clients know of.</summary>
    public List<IssuedKey> Keys => [.. Slots.Select(s => s.Key).OfType<IssuedKey>(), .. _past];

    /// <summary>Whether a new key has a place: this is one of the account's, and holds none that works.</summary>
    public bool TakesOneFor(KeySlot slot) => Slots.Contains(slot) && slot.Key is not { HasEnded: false };

    /// <summary>Puts a key into a place; clients go on using the one before for a while.</summary>
    public void Replace(KeySlot slot, IssuedKey key)
    {
        if (slot.Key is { } before)
            Retire(before);
        slot.Key = key;
    }

    /// <summary>Keeps a key that is in no place any more.</summary>
    public void Retire(IssuedKey key)
    {
        _past.Enqueue(key);
        if (_past.Count > Remembered)
            _past.TryDequeue(out _);
    }
}
