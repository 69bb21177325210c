namespace Gateway.Tests;

/// <summary>What a gateway's process is doing.</summary>
internal enum GatewayPhase
{
    /// <summary>It does not run, or has forgotten everything: it judges nothing.</summary>
    Out,

    /// <summary>Its row is committed.</summary>
    Entered,

    /// <summary>It has read the head; it judges while its lease lets it.</summary>
    Judging,

    /// <summary>It has made its last decision.</summary>
    Stopped,

    /// <summary>Only without the rule: it judges and has no row yet.</summary>
    Unentered,
}

/// <summary>Where a renewal is.</summary>
internal enum RenewalStage
{
    None,

    /// <summary>Under way to the store.</summary>
    Sent,

    /// <summary>The statement is done and the head read; the row is locked until the commit.</summary>
    Executed,

    /// <summary>Committed; the answer is under way.</summary>
    Committed,

    /// <summary>Answered; not everything is applied.</summary>
    CatchingUp,

    /// <summary>Everything that had to be applied is.</summary>
    CaughtUp,
}

/// <summary>One gateway with its row, and what either admin process has seen of that row, in one word.</summary>
internal readonly record struct FleetGateway(ulong Word)
{
    private const int ViewsAt = 32;
    private const int ViewWidth = 7;

    public GatewayPhase Phase
    {
        get => (GatewayPhase)Get(0, 3);
        init => Word = Set(0, 3, (int)value);
    }

    /// <summary>Number of the change applied last.</summary>
    public int Applied
    {
        get => Get(3, 2);
        init => Word = Set(3, 2, value);
    }

    /// <summary>Ticks since the renewal was sent that the lease is of; none when the lease is over for good.</summary>
    public int? LeaseAge
    {
        get => Get(5, 4) is > 0 and var age ? age - 1 : null;
        init => Word = Set(5, 4, value + 1 ?? 0);
    }

    /// <summary>Whether cached accepts are honoured for the long staleness.</summary>
    public bool HonoursLong
    {
        get => Get(9, 1) == 1;
        init => Word = Set(9, 1, value ? 1 : 0);
    }

    /// <summary>Whether the routes in force ask for the long one.</summary>
    public bool RoutesLong
    {
        get => Get(10, 1) == 1;
        init => Word = Set(10, 1, value ? 1 : 0);
    }

    public RenewalStage Renewal
    {
        get => (RenewalStage)Get(11, 3);
        init => Word = Set(11, 3, (int)value);
    }

    /// <summary>Ticks since before it was sent.</summary>
    public int RenewalAge
    {
        get => Get(14, 4);
        init => Word = Set(14, 4, value);
    }

    /// <summary>Whether it records the long staleness.</summary>
    public bool RenewalLong
    {
        get => Get(18, 1) == 1;
        init => Word = Set(18, 1, value ? 1 : 0);
    }

    /// <summary>The head it returns.</summary>
    public int RenewalHead
    {
        get => Get(19, 2);
        init => Word = Set(19, 2, value);
    }

    /// <summary>Up to where changes have been read and are to be applied; none when none is being read.</summary>
    public int? Read
    {
        get => Get(21, 2) is > 0 and var to ? to - 1 : null;
        init => Word = Set(21, 2, value + 1 ?? 0);
    }

    /// <summary>Whether there were no more as they were read.</summary>
    public bool ReadToTheEnd
    {
        get => Get(23, 1) == 1;
        init => Word = Set(23, 1, value ? 1 : 0);
    }

    /// <summary>An older renewal, given up by its sender, that the network still holds: none, sent or executed.</summary>
    public RenewalStage Held
    {
        get => (RenewalStage)Get(24, 2);
        init => Word = Set(24, 2, (int)value);
    }

    /// <summary>Whether that one records the long staleness.</summary>
    public bool HeldLong
    {
        get => Get(26, 1) == 1;
        init => Word = Set(26, 1, value ? 1 : 0);
    }

    /// <summary>Whether there is an open row.</summary>
    public bool HasRow
    {
        get => Get(27, 1) == 1;
        init => Word = Set(27, 1, value ? 1 : 0);
    }

    /// <summary>Whether the row says the long staleness.</summary>
    public bool RowLong
    {
        get => Get(28, 1) == 1;
        init => Word = Set(28, 1, value ? 1 : 0);
    }

    /// <summary>Whether the revocation is acknowledged for that row.</summary>
    public bool HasAcknowledged
    {
        get => Get(29, 1) == 1;
        init => Word = Set(29, 1, value ? 1 : 0);
    }

    /// <summary>The earliest instant an incomplete receipt has named: 0 none, 1 by the long staleness, 2 by the short.</summary>
    public int Promised
    {
        get => Get(30, 2);
        init => Word = Set(30, 2, value);
    }

    /// <summary>Whether the row was committed after the revocation.</summary>
    public bool IsRowNewer
    {
        get => Get(46, 1) == 1;
        init => Word = Set(46, 1, value ? 1 : 0);
    }

    /// <summary>What an admin process has seen of the row.</summary>
    public RowView View(int admin) => new(Get(ViewsAt + admin * ViewWidth, ViewWidth));

    /// <summary>The same with another view.</summary>
    public FleetGateway With(int admin, RowView view) =>
        new(Bits.Set(Word, ViewsAt + admin * ViewWidth, ViewWidth, (int)view.Word));

    /// <summary>The same with the two admin processes changed over.</summary>
    public FleetGateway WithAdminsSwapped() => With(0, View(1)).With(1, View(0));

    private int Get(int at, int width) => Bits.Get(Word, at, width);

    private ulong Set(int at, int width, int value) => Bits.Set(Word, at, width, value);
}
