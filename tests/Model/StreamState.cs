namespace Gateway.Tests;

/// <summary>Where a stream is on its way in.</summary>
internal enum StreamStage
{
    None,

    /// <summary>The gate has allowed its request by the record from before the change.</summary>
    Allowed,

    /// <summary>It is in the set and has to be looked at again.</summary>
    Added,

    /// <summary>The store has been asked for its key.</summary>
    Reads,

    /// <summary>It is let in by the record from before the change.</summary>
    Admitted,

    /// <summary>It is open.</summary>
    Open,
}

/// <summary>A state of <see cref="StreamModel"/>.</summary>
internal readonly record struct StreamState(ulong Word)
{
    private const int StreamsAt = 24;
    private const int StreamWidth = 7;

    public bool IsCommitted
    {
        get => Flag(0);
        init => Word = Set(0, value);
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

    /// <summary>Whether the record of before is evicted: the change is applied, or was in the head.</summary>
    public bool IsApplied
    {
        get => Flag(5);
        init => Word = Set(5, value);
    }

    public bool HasRow
    {
        get => Flag(6);
        init => Word = Set(6, value);
    }

    /// <summary>Whether the change is acknowledged, or the row says so much.</summary>
    public bool IsSettled
    {
        get => Flag(7);
        init => Word = Set(7, value);
    }

    /// <summary>A renewal that has committed: none, one with the change in its head (new) or without (old).</summary>
    public Fact Renewal
    {
        get => (Fact)Bits.Get(Word, 8, 2);
        init => Word = Bits.Set(Word, 8, 2, (int)value);
    }

    /// <summary>Whether the change has been read from the feed and is to be applied.</summary>
    public bool HasRead
    {
        get => Flag(10);
        init => Word = Set(10, value);
    }

    /// <summary>Whether it is applied and not acknowledged.</summary>
    public bool MustAcknowledge
    {
        get => Flag(11);
        init => Word = Set(11, value);
    }

    /// <summary>Whether a walk is due.</summary>
    public bool MustWalk
    {
        get => Flag(12);
        init => Word = Set(12, value);
    }

    /// <summary>What a walk is about: none under way, keys to be read, refused now (new), allowed (old).</summary>
    public int Walk
    {
        get => Bits.Get(Word, 13, 2);
        init => Word = Bits.Set(Word, 13, 2, value);
    }

    /// <summary>Whether this incarnation has looked at the streams of the one before.</summary>
    public bool IsBegun
    {
        get => Flag(15);
        init => Word = Set(15, value);
    }

    /// <summary>A stream, 0 or 1.</summary>
    public ModelStream Stream(int slot) => new((ulong)Bits.Get(Word, StreamsAt + slot * StreamWidth, StreamWidth));

    /// <summary>The same with another.</summary>
    public StreamState With(int slot, ModelStream stream) =>
        new(Bits.Set(Word, StreamsAt + slot * StreamWidth, StreamWidth, (int)stream.Word));

    /// <inheritdoc/>
    public override int GetHashCode() => Bits.Hash(Word);

    /// <inheritdoc/>
    public bool Equals(StreamState other) => Word == other.Word;

    private bool Flag(int at) => Bits.Get(Word, at, 1) == 1;

    private ulong Set(int at, bool value) => Bits.Set(Word, at, 1, value ? 1 : 0);
}

/// <summary>One stream.</summary>
internal readonly record struct ModelStream(ulong Word)
{
    public StreamStage Stage
    {
        get => (StreamStage)Bits.Get(Word, 0, 3);
        init => Word = Bits.Set(Word, 0, 3, (int)value);
    }

    /// <summary>Whether a walk finds it.</summary>
    public bool IsInSet
    {
        get => Bits.Get(Word, 3, 1) == 1;
        init => Word = Bits.Set(Word, 3, 1, value ? 1 : 0);
    }

    /// <summary>Whether the walk under way has found it.</summary>
    public bool IsFound
    {
        get => Bits.Get(Word, 4, 1) == 1;
        init => Word = Bits.Set(Word, 4, 1, value ? 1 : 0);
    }

    /// <summary>Whether the record that was read for it is the one from after the change.</summary>
    public bool ReadsNew
    {
        get => Bits.Get(Word, 5, 1) == 1;
        init => Word = Bits.Set(Word, 5, 1, value ? 1 : 0);
    }
}
