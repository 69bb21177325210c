namespace Gateway.Tests;

/// <summary>What an admin process does: look at the rows, close those of the lost, judge receipts, start anew.</summary>
internal sealed class AdminSteps(FleetSize size, FleetRules rules)
{
    private static readonly string[] Closes =
    [
        "closes the row of gateway 1, which is lost",
        "closes the row of gateway 2, which is lost",
    ];

    /// <summary>Adds every step it can take.</summary>
    public void Add(FleetState state, int admin, Moves<FleetState> moves)
    {
        moves.Add("reads the rows", Look(state, admin));
        if (state.World.Looked(admin) == 0)
            return;
        moves.Add("starts anew and has seen nothing", Forget(state, admin));
        for (var g = 0; g < size.Gateways; g++)
            CloseLost(state, admin, g, moves);
        Judge(state, admin, moves);
    }

    /// <summary>How long a gateway is waited for that says nothing.</summary>
    public int Span(bool isLong) =>
        size.Lease
        + (Has(FleetRules.WaitForStaleness) ? StalenessOf(isLong) : 0)
        + (Has(FleetRules.AllowForDrift) ? size.Drift : 0);

    /// <summary>A tick later.</summary>
    public RowView Tick(RowView view) =>
        view.IsOpen ? view with { Age = Math.Min(view.Age + 1, Span(view.IsLong)) } : view;

    private int StalenessOf(bool isLong) => isLong ? size.Long : size.Short;

    private FleetState Look(FleetState state, int admin)
    {
        var world = state.World;
        var looked =
            world.IsComplete ? 3
            : world.IsRevoked ? 2
            : 1;
        state = state with { World = world.WithLooked(admin, looked) };
        for (var g = 0; g < size.Gateways; g++)
            state = state.With(g, state[g].With(admin, Observe(state[g], state[g].View(admin))));
        return state;
    }

    private RowView Observe(FleetGateway gateway, RowView before)
    {
        if (!gateway.HasRow)
            return default;
        var stoodStill = before is { IsOpen: true, StandsStill: true };
        var isFirst = !before.IsOpen && !Has(FleetRules.OwnObservation);
        return new RowView
        {
            IsOpen = true,
            StandsStill = true,
            IsLong = gateway.RowLong,
            Age =
                stoodStill ? before.Age
                : isFirst ? Span(gateway.RowLong)
                : 0,
        };
    }

    private FleetState Forget(FleetState state, int admin)
    {
        state = state with { World = state.World.WithLooked(admin, 0) };
        for (var g = 0; g < size.Gateways; g++)
            state = state.With(g, state[g].With(admin, default(RowView)));
        return state;
    }

    // The store answers whether the counter still stands where it stood; whoever holds the row's lock comes first.
    private void CloseLost(FleetState state, int admin, int g, Moves<FleetState> moves)
    {
        var gateway = state[g];
        var view = gateway.View(admin);
        if (!Has(FleetRules.CloseBeforeGivingUp) || !IsLost(view) || !gateway.HasRow || IsLocked(gateway))
            return;
        if (view.StandsStill || !Has(FleetRules.CloseOnCondition))
            moves.Add(Closes[g], state.With(g, (gateway with { HasRow = false }).With(admin, default(RowView))));
    }

    private bool IsLost(RowView view) => view.IsOpen && view.Age >= Span(view.IsLong);

    private static bool IsLocked(FleetGateway gateway) =>
        gateway.Renewal == RenewalStage.Executed || gateway.Held == RenewalStage.Executed;

    private void Judge(FleetState state, int admin, Moves<FleetState> moves)
    {
        var needed = Has(FleetRules.ReadRowsAfterCommit) ? 2 : 1;
        if (!state.World.IsRevoked || state.World.Looked(admin) < needed)
            return;
        var pending = Enumerable.Range(0, size.Gateways).Where(g => IsPending(state[g], admin)).ToList();
        if (state.World.IsComplete)
        {
            var isAsked = state.World.Looked(admin) == 3 && size.Promises.HasFlag(FleetPromises.Lasting);
            if (isAsked && pending.Exists(g => !state[g].IsRowNewer))
                moves.Add(
                    "gives an incomplete receipt",
                    state with
                    {
                        World = state.World with { IsTakenBack = true },
                    }
                );
        }
        else if (pending.Count == 0)
            moves.Add("gives a complete receipt", Complete(state));
        else if (size.Promises.HasFlag(FleetPromises.GuaranteedBy))
            moves.Add("gives an incomplete receipt", pending.Aggregate(state, (s, g) => Promise(s, g, admin)));
    }

    private bool IsPending(FleetGateway gateway, int admin) =>
        gateway.View(admin) is { IsOpen: true } view && !gateway.HasAcknowledged && !IsGivenUp(view);

    private static FleetState Promise(FleetState state, int g, int admin)
    {
        var gateway = state[g];
        var promise = gateway.View(admin).IsLong ? 1 : 2;
        return state.With(g, gateway with { Promised = Math.Max(gateway.Promised, promise) });
    }

    // It says more than whatever was promised before.
    private static FleetState Complete(FleetState state) =>
        new(
            state.World with
            {
                IsComplete = true,
                RevokedAge = 0,
            },
            state.One with
            {
                Promised = 0,
            },
            state.Two with
            {
                Promised = 0,
            }
        );

    // Without the rule: as soon as it has been silent for long enough, going by what was seen last.
    private bool IsGivenUp(RowView view) => !Has(FleetRules.CloseBeforeGivingUp) && IsLost(view);

    private bool Has(FleetRules rule) => rules.HasFlag(rule);
}
