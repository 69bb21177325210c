using System.Runtime.InteropServices;

namespace Gateway.Tests;

/// <summary>What an admin process saw of a gateway's row as it last looked.</summary>
internal readonly record struct RowView(ulong Word)
{
    public RowView(int word)
        : this((ulong)word) { }

    /// <summary>Whether there was an open row.</summary>
    public bool IsOpen
    {
        get => Bits.Get(Word, 0, 1) == 1;
        init => Word = Bits.Set(Word, 0, 1, value ? 1 : 0);
    }

    /// <summary>Whether its renewal counter is still what it was.</summary>
    public bool StandsStill
    {
        get => Bits.Get(Word, 1, 1) == 1;
        init => Word = Bits.Set(Word, 1, 1, value ? 1 : 0);
    }

    /// <summary>Ticks since this process first saw that counter.</summary>
    public int Age
    {
        get => Bits.Get(Word, 2, 4);
        init => Word = Bits.Set(Word, 2, 4, value);
    }

    /// <summary>Whether it said the long staleness.</summary>
    public bool IsLong
    {
        get => Bits.Get(Word, 6, 1) == 1;
        init => Word = Bits.Set(Word, 6, 1, value ? 1 : 0);
    }
}

/// <summary>What is not one gateway's: the feed, the receipt, the admin processes.</summary>
internal readonly record struct FleetWorld(ulong Word)
{
    /// <summary>Number of the change committed last.</summary>
    public int Head
    {
        get => Bits.Get(Word, 0, 2);
        init => Word = Bits.Set(Word, 0, 2, value);
    }

    /// <summary>Whether the last of them is the revocation.</summary>
    public bool IsRevoked
    {
        get => Bits.Get(Word, 2, 1) == 1;
        init => Word = Bits.Set(Word, 2, 1, value ? 1 : 0);
    }

    /// <summary>Ticks since the revocation.</summary>
    public int RevokedAge
    {
        get => Bits.Get(Word, 3, 4);
        init => Word = Bits.Set(Word, 3, 4, value);
    }

    /// <summary>Whether a complete receipt was given.</summary>
    public bool IsComplete
    {
        get => Bits.Get(Word, 7, 1) == 1;
        init => Word = Bits.Set(Word, 7, 1, value ? 1 : 0);
    }

    /// <summary>Whether an incomplete one was given after it, for a gateway that was there before the change.</summary>
    public bool IsTakenBack
    {
        get => Bits.Get(Word, 12, 1) == 1;
        init => Word = Bits.Set(Word, 12, 1, value ? 1 : 0);
    }

    /// <summary>What an admin process last read: 0 nothing since it started, 1 rows, 2 rows as of after the
    /// revocation, 3 rows as of after a complete receipt.</summary>
    public int Looked(int admin) => Bits.Get(Word, 8 + 2 * admin, 2);

    /// <summary>The same with another answer.</summary>
    public FleetWorld WithLooked(int admin, int looked) => new(Bits.Set(Word, 8 + 2 * admin, 2, looked));

    /// <summary>The same with the two admin processes changed over.</summary>
    public FleetWorld WithAdminsSwapped() => WithLooked(0, Looked(1)).WithLooked(1, Looked(0));
}

/// <summary>A state of <see cref="FleetModel"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FleetState(FleetWorld World, FleetGateway One, FleetGateway Two)
{
    public FleetGateway this[int gateway] => gateway == 0 ? One : Two;

    /// <summary>The same with one gateway changed.</summary>
    public FleetState With(int gateway, FleetGateway changed) =>
        gateway == 0 ? this with { One = changed } : this with { Two = changed };

    /// <inheritdoc/>
    public override int GetHashCode() => Bits.Hash(World.Word, One.Word, Two.Word);

    /// <inheritdoc/>
    public bool Equals(FleetState other) =>
        World.Word == other.World.Word && One.Word == other.One.Word && Two.Word == other.Two.Word;
}
