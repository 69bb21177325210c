namespace Gateway.Tests;

/// <summary>
/// What a gateway does, and the store for it. Beside this loop it accepts the old record whenever its lease and its
/// staleness let it and the revocation is not applied (<see cref="AcceptsOld"/>).
/// </summary>
internal sealed class GatewaySteps(FleetSize size, FleetRules rules)
{
    private readonly RenewalSteps _renewal = new(size, rules);

    private static readonly string[] Applies = ["applies nothing new", "applies change 1", "applies up to change 2"];

    /// <summary>Adds every step it can take.</summary>
    public void Add(FleetState state, int g, Moves<FleetState> moves)
    {
        var gateway = state[g];
        void To(string what, FleetGateway next) => moves.Add(what, state.With(g, next));
        if (size.Reloads)
            To("reloads routes of another staleness", gateway with { RoutesLong = !gateway.RoutesLong });
        if (gateway.Phase != GatewayPhase.Out)
            To("crashes", Void(gateway));
        Begin(state, gateway, To);
        Follow(state, gateway, To);
        _renewal.Add(state, gateway, To);
        Acknowledge(state, gateway, To);
        Stop(gateway, To);
    }

    /// <summary>Whether a request that starts now may be accepted on the record from before the revocation.</summary>
    public bool AcceptsOld(FleetState state, int g)
    {
        var gateway = state[g];
        if (
            gateway.Phase is not (GatewayPhase.Judging or GatewayPhase.Unentered)
            || gateway.Applied == state.World.Head
        )
            return false;
        var isLong = Has(FleetRules.RecordBeforeHonour) ? gateway.HonoursLong : gateway.RoutesLong;
        return gateway.LeaseAge < size.Honoured(isLong);
    }

    /// <summary>It forgets everything: it has ended, or begins anew. The row of before stays, open or closed, until the
    /// next incarnation's takes its place.</summary>
    public static FleetGateway Void(FleetGateway gateway) =>
        RenewalSteps.Without(gateway) with
        {
            Phase = GatewayPhase.Out,
            Applied = 0,
            LeaseAge = null,
            HonoursLong = false,
            Held = RenewalStage.None,
            HeldLong = false,
        };

    private void Begin(FleetState state, FleetGateway gateway, Action<string, FleetGateway> to)
    {
        var judging = gateway with { Applied = state.World.Head, Phase = GatewayPhase.Judging };
        switch (gateway.Phase)
        {
            case GatewayPhase.Out when Has(FleetRules.RowFirst):
                to(
                    "commits the row of a new incarnation",
                    Entered(state, gateway) with
                    {
                        Phase = GatewayPhase.Entered,
                    }
                );
                break;
            case GatewayPhase.Out:
                to(
                    "reads the head and judges, without a row",
                    Entered(state, judging) with
                    {
                        Phase = GatewayPhase.Unentered,
                        LeaseAge = 0,
                        HasRow = false,
                    }
                );
                break;
            case GatewayPhase.Entered:
                to("reads the head", judging);
                break;
            case GatewayPhase.Unentered:
                to("commits its row", gateway with { Phase = GatewayPhase.Judging, HasRow = true });
                break;
        }
    }

    // An admin process that saw the row of before need not wait for it: it is closed, or of a process that is no more.
    private static FleetGateway Entered(FleetState state, FleetGateway gateway) =>
        (
            gateway with
            {
                HasRow = true,
                RowLong = gateway.RoutesLong,
                IsRowNewer = state.World.IsRevoked,
                HasAcknowledged = false,
            }
        )
            .With(0, default(RowView))
            .With(1, default(RowView));

    // A page of the feed holds one change.
    private void Follow(FleetState state, FleetGateway gateway, Action<string, FleetGateway> to)
    {
        if (gateway.Phase != GatewayPhase.Judging)
            return;
        if (gateway.Read is { } read)
        {
            to(Applies[read], Apply(gateway, read));
            if (gateway.Renewal == RenewalStage.None)
                to("hears no answer and gives up", RenewalSteps.Without(gateway));
            return;
        }
        if (gateway.Renewal is not (RenewalStage.None or RenewalStage.CatchingUp))
            return;
        var next = Math.Min(gateway.Applied + 1, state.World.Head);
        if (gateway.Renewal == RenewalStage.None && next == gateway.Applied)
            return;
        var reading = gateway with { Read = next, ReadToTheEnd = next == state.World.Head };
        if (size.IsFine)
            to("reads a page of the feed", reading);
        else
            to("reads the feed and applies what there is", Apply(reading, next));
    }

    private FleetGateway Apply(FleetGateway gateway, int read)
    {
        var isDone =
            gateway.Renewal == RenewalStage.CatchingUp
            && read >= gateway.RenewalHead
            && (gateway.ReadToTheEnd || !Has(FleetRules.ReadToTheEnd));
        return gateway with
        {
            Applied = read,
            Read = null,
            ReadToTheEnd = false,
            Renewal = isDone ? RenewalStage.CaughtUp : gateway.Renewal,
        };
    }

    private void Acknowledge(FleetState state, FleetGateway gateway, Action<string, FleetGateway> to)
    {
        if (
            gateway.HasAcknowledged
            || !state.World.IsRevoked
            || !gateway.HasRow
            || gateway.Phase != GatewayPhase.Judging
        )
            return;
        var known = Has(FleetRules.AcknowledgeAfterApply) ? gateway.Applied : gateway.Read ?? gateway.Applied;
        if (known == state.World.Head)
            to("acknowledges the revocation", gateway with { HasAcknowledged = true });
    }

    private void Stop(FleetGateway gateway, Action<string, FleetGateway> to)
    {
        if (gateway.Phase == GatewayPhase.Judging)
            to("makes its last decision", Void(gateway) with { Phase = GatewayPhase.Stopped });
        if (gateway.Phase == GatewayPhase.Stopped)
            to("closes its row and ends", gateway with { Phase = GatewayPhase.Out, HasRow = false });
        if (gateway is { Phase: GatewayPhase.Judging, HasRow: true } && !Has(FleetRules.CloseAfterLastDecision))
            to("closes its row and still judges", gateway with { HasRow = false });
    }

    private bool Has(FleetRules rule) => rules.HasFlag(rule);
}
