namespace Gateway.Tests;

/// <summary>What is known of the key.</summary>
internal enum Fact
{
    /// <summary>That there is no such key.</summary>
    None,

    /// <summary>The record from before the change.</summary>
    Old,

    /// <summary>The record from after it.</summary>
    New,
}

/// <summary>What a gateway may judge by.</summary>
internal enum Term
{
    /// <summary>Nothing.</summary>
    Over,

    /// <summary>Cached accepts.</summary>
    Stale,

    /// <summary>Everything.</summary>
    Held,
}

/// <summary>Where the request is that began after the receipt.</summary>
internal enum RequestStage
{
    None,
    Began,

    /// <summary>On the slow path: it looks whether the lease holds.</summary>
    Loops,
    Looks,
    NeedsRenewal,

    /// <summary>The renewal has failed.</summary>
    LooksStale,
    Waits,

    /// <summary>It was told what the key is.</summary>
    Told,

    /// <summary>And the lease still holds.</summary>
    Checked,

    /// <summary>It was judged by what was before the change.</summary>
    Wrong,
}

/// <summary>A state of <see cref="CacheModel"/>.</summary>
internal readonly record struct CacheState(ulong Word)
{
    private const int FillsAt = 16;
    private const int FillWidth = 10;

    public bool IsCommitted
    {
        get => Flag(0);
        init => Word = Set(0, 1, value);
    }

    /// <summary>Out, entered or judging.</summary>
    public GatewayPhase Phase
    {
        get => (GatewayPhase)Bits.Get(Word, 1, 2);
        init => Word = Bits.Set(Word, 1, 2, (int)value);
    }

    public Term Term
    {
        get => (Term)Bits.Get(Word, 3, 2);
        init => Word = Bits.Set(Word, 3, 2, (int)value);
    }

    /// <summary>Whether the change is applied, or was in the head this incarnation began with.</summary>
    public bool IsApplied
    {
        get => Flag(5);
        init => Word = Set(5, 1, value);
    }

    public bool HasRow
    {
        get => Flag(6);
        init => Word = Set(6, 1, value);
    }

    public bool HasAcknowledged
    {
        get => Flag(7);
        init => Word = Set(7, 1, value);
    }

    public bool IsComplete
    {
        get => Flag(8);
        init => Word = Set(8, 1, value);
    }

    /// <summary>A renewal that has committed: none, one with the change in its head (new) or without (old).</summary>
    public Fact Renewal
    {
        get => (Fact)Bits.Get(Word, 9, 2);
        init => Word = Bits.Set(Word, 9, 2, (int)value);
    }

    /// <summary>Whether the change has been read from the feed and is to be applied.</summary>
    public bool HasRead
    {
        get => Flag(11);
        init => Word = Set(11, 1, value);
    }

    /// <summary>The record that is cached, if any.</summary>
    public Fact Known
    {
        get => (Fact)Bits.Get(Word, 12, 2);
        init => Word = Bits.Set(Word, 12, 2, (int)value);
    }

    /// <summary>Whether "unknown" is remembered.</summary>
    public bool IsUnknown
    {
        get => Flag(14);
        init => Word = Set(14, 1, value);
    }

    public RequestStage Request
    {
        get => (RequestStage)Bits.Get(Word, 36, 4);
        init => Word = Bits.Set(Word, 36, 4, (int)value);
    }

    /// <summary>Whether its moment was within the lease, or past it within what is honoured.</summary>
    public bool IsMomentGood
    {
        get => Flag(40);
        init => Word = Set(40, 1, value);
    }

    /// <summary>The look-up it waits for; 2 for none.</summary>
    public int WaitsFor
    {
        get => Bits.Get(Word, 41, 2);
        init => Word = Bits.Set(Word, 41, 2, value);
    }

    /// <summary>The filter that answers: none, one without the key (old) or with it (new).</summary>
    public Fact Filter
    {
        get => (Fact)Bits.Get(Word, 43, 2);
        init => Word = Bits.Set(Word, 43, 2, (int)value);
    }

    /// <summary>The filter that is filled: none, begun, page read, page entered.</summary>
    public int Filling
    {
        get => Bits.Get(Word, 45, 2);
        init => Word = Bits.Set(Word, 45, 2, value);
    }

    public bool FillingHasKey
    {
        get => Flag(47);
        init => Word = Set(47, 1, value);
    }

    public bool PageHasKey
    {
        get => Flag(48);
        init => Word = Set(48, 1, value);
    }

    /// <summary>Only without the rule: the filters have not heard of the change that was applied.</summary>
    public bool FilterLags
    {
        get => Flag(49);
        init => Word = Set(49, 1, value);
    }

    /// <summary>Whether some other request has found the lease good and the key not cached, and is about to look it up.</summary>
    public bool IsSomebodyComing
    {
        get => Flag(50);
        init => Word = Set(50, 1, value);
    }

    /// <summary>A look-up, 0 or 1.</summary>
    public CacheFill Fill(int slot) => new((ulong)Bits.Get(Word, FillsAt + slot * FillWidth, FillWidth));

    /// <summary>The same with another.</summary>
    public CacheState With(int slot, CacheFill fill) =>
        new(Bits.Set(Word, FillsAt + slot * FillWidth, FillWidth, (int)fill.Word));

    /// <inheritdoc/>
    public override int GetHashCode() => Bits.Hash(Word);

    /// <inheritdoc/>
    public bool Equals(CacheState other) => Word == other.Word;

    private bool Flag(int at) => Bits.Get(Word, at, 1) == 1;

    private ulong Set(int at, int width, bool value) => Bits.Set(Word, at, width, value ? 1 : 0);
}
