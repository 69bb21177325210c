namespace Gateway.Tests;

/// <summary>Where a look-up is.</summary>
internal enum FillStage
{
    None,
    Started,

    /// <summary>It has noted the change applied last.</summary>
    Noted,

    /// <summary>The store has answered.</summary>
    Read,

    /// <summary>It is in the cache, and whoever waits for it is told.</summary>
    Done,
}

/// <summary>A look-up under way.</summary>
internal readonly record struct CacheFill(ulong Word)
{
    public FillStage Stage
    {
        get => (FillStage)Bits.Get(Word, 0, 3);
        init => Word = Bits.Set(Word, 0, 3, (int)value);
    }

    /// <summary>Whether requests join it.</summary>
    public bool IsJoined
    {
        get => Bits.Get(Word, 3, 1) == 1;
        init => Word = Bits.Set(Word, 3, 1, value ? 1 : 0);
    }

    public Fact Fact
    {
        get => (Fact)Bits.Get(Word, 4, 2);
        init => Word = Bits.Set(Word, 4, 2, (int)value);
    }

    /// <summary>Whether the change was applied as it noted where it stands.</summary>
    public bool NotedApplied
    {
        get => Bits.Get(Word, 6, 1) == 1;
        init => Word = Bits.Set(Word, 6, 1, value ? 1 : 0);
    }

    /// <summary>Whether everything has been dropped since.</summary>
    public bool IsOutdated
    {
        get => Bits.Get(Word, 7, 1) == 1;
        init => Word = Bits.Set(Word, 7, 1, value ? 1 : 0);
    }

    /// <summary>Whether a change would find the record it brought.</summary>
    public bool IsIndexed
    {
        get => Bits.Get(Word, 8, 1) == 1;
        init => Word = Bits.Set(Word, 8, 1, value ? 1 : 0);
    }

    /// <summary>Whether one has.</summary>
    public bool IsDead
    {
        get => Bits.Get(Word, 9, 1) == 1;
        init => Word = Bits.Set(Word, 9, 1, value ? 1 : 0);
    }
}
