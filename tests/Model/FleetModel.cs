namespace Gateway.Tests;

/// <summary>What receipts promise.</summary>
[Flags]
public enum FleetPromises
{
    None = 0,

    /// <summary>No request that begins after a complete receipt is accepted on the old record.</summary>
    Complete = 1,

    /// <summary>Nor one that begins after the <c>guaranteedBy</c> of an incomplete one.</summary>
    GuaranteedBy = 2,

    /// <summary>What was complete stays so, whichever admin process is asked, but for gateways that have begun
    /// since.</summary>
    Lasting = 4,

    All = 7,
}

/// <summary>How large a <see cref="FleetModel"/> is.</summary>
internal sealed record FleetSize
{
    /// <summary>One or two.</summary>
    public int Gateways { get; init; } = 1;

    /// <summary>One or two.</summary>
    public int Admins { get; init; } = 2;

    /// <summary>The lease in ticks.</summary>
    public int Lease { get; init; } = 1;

    /// <summary>The shorter staleness in ticks; also the only one without <see cref="Reloads"/>.</summary>
    public int Short { get; init; } = 1;

    /// <summary>The longer staleness in ticks.</summary>
    public int Long { get; init; } = 2;

    /// <summary>By how many ticks a gateway's clock may be behind in all that time.</summary>
    public int Drift { get; init; } = 1;

    /// <summary>Changes before the revocation; a page of the feed holds one.</summary>
    public int Others { get; init; } = 1;

    /// <summary>Whether routes change their staleness.</summary>
    public bool Reloads { get; init; } = true;

    /// <summary>What is held to.</summary>
    public FleetPromises Promises { get; init; } = FleetPromises.All;

    /// <summary>Whether a statement and its commit, a read and what is made of it are two steps, and whether the
    /// network holds renewals back.</summary>
    public bool IsFine { get; init; } = true;

    /// <summary>Ticks since a renewal was sent for which a cached accept may be honoured, by a clock that is behind.</summary>
    public int Honoured(bool isLong) => Lease + (isLong && Reloads ? Long : Short) + Drift;
}

/// <summary>
/// Leases, rows and receipts: gateways and admin processes around one store, one key that is revoked once. Every step is
/// possible whenever what it needs is there, and a tick passes whenever it likes, so every delay is among the
/// interleavings: a pause, a cut-off, a lost hint, a slow answer are steps that do not come. Ages take the place of
/// instants and stand still once they no longer matter; so the states are finitely many and time is not bounded.
/// <para>
/// The cache is left out: at its worst it holds the old record until the change is applied, and <see cref="CacheModel"/>
/// shows that it is no worse.
/// </para>
/// </summary>
internal sealed class FleetModel(FleetSize size, FleetRules rules) : IModel<FleetState>
{
    private static readonly string[] Gateways = ["gateway 1", "gateway 2"];
    private static readonly string[] Admins = ["admin 1", "admin 2"];

    private readonly GatewaySteps _gateway = new(size, rules);
    private readonly RenewalSteps _renewal = new(size, rules);
    private readonly AdminSteps _admin = new(size, rules);

    /// <inheritdoc/>
    public FleetState Start => default;

    /// <inheritdoc/>
    public void Steps(FleetState state, Moves<FleetState> moves)
    {
        moves.Actor = "-";
        moves.Add("a tick passes", Tick(state));
        moves.Actor = "store";
        if (!state.World.IsRevoked)
            Commit(state, moves);
        for (var g = 0; g < size.Gateways; g++)
        {
            moves.Actor = Gateways[g];
            _gateway.Add(state, g, moves);
        }
        for (var a = 0; a < size.Admins; a++)
        {
            moves.Actor = Admins[a];
            _admin.Add(state, a, moves);
        }
    }

    /// <inheritdoc/>
    public string? Violation(FleetState state)
    {
        if (!state.World.IsRevoked)
            return null;
        if (state.World.IsTakenBack)
            return "a receipt that was complete is incomplete again";
        for (var g = 0; g < size.Gateways; g++)
        {
            if (!_gateway.AcceptsOld(state, g))
                continue;
            if (state.World.IsComplete && size.Promises.HasFlag(FleetPromises.Complete))
                return $"{Gateways[g]} accepts the revoked key after a complete receipt";
            var span = _admin.Span(state[g].Promised == 1);
            if (state[g].Promised != 0 && state.World.RevokedAge >= span)
                return $"{Gateways[g]} accepts the revoked key {span} ticks after, past guaranteedBy";
        }
        return null;
    }

    /// <inheritdoc/>
    public FleetState Canonical(FleetState state)
    {
        state = InOrder(state);
        if (size.Admins == 1)
            return state;
        var (world, one, two) = state;
        var other = InOrder(new(world.WithAdminsSwapped(), one.WithAdminsSwapped(), two.WithAdminsSwapped()));
        return Words(other).CompareTo(Words(state)) < 0 ? other : state;
    }

    // One gateway stays the first.
    private static FleetState InOrder(FleetState state) =>
        state.Two.Word > state.One.Word ? new(state.World, state.Two, state.One) : state;

    private static (ulong, ulong, ulong) Words(FleetState state) => (state.World.Word, state.One.Word, state.Two.Word);

    private void Commit(FleetState state, Moves<FleetState> moves)
    {
        var world = state.World;
        if (world.Head < size.Others)
            moves.Add("commits some other change", state with { World = world with { Head = world.Head + 1 } });
        moves.Add(
            "commits the revocation",
            state with
            {
                World = world with { Head = world.Head + 1, IsRevoked = true },
            }
        );
    }

    private FleetState Tick(FleetState state)
    {
        var world = state.World;
        if (size.Promises.HasFlag(FleetPromises.GuaranteedBy) && world is { IsRevoked: true, IsComplete: false })
            world = world with { RevokedAge = Math.Min(world.RevokedAge + 1, _admin.Span(true)) };
        return new(world, Tick(state.One), Tick(state.Two));
    }

    private FleetGateway Tick(FleetGateway gateway)
    {
        gateway = _renewal.Tick(gateway);
        for (var a = 0; a < size.Admins; a++)
            gateway = gateway.With(a, _admin.Tick(gateway.View(a)));
        return gateway;
    }
}
