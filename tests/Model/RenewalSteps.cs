namespace Gateway.Tests;

/// <summary>Renewals, and the lease they give: sent, executed, committed, heard, caught up with, taken up; given up at any
/// point, and then perhaps held back by the network.</summary>
internal sealed class RenewalSteps(FleetSize size, FleetRules rules)
{
    /// <summary>Adds every step it can take.</summary>
    public void Add(FleetState state, FleetGateway gateway, Action<string, FleetGateway> to)
    {
        Renew(state, gateway, to);
        CatchUp(gateway, to);
        HoldBack(gateway, to);
    }

    /// <summary>A tick later. By a clock that is behind the lease may last some ticks longer.</summary>
    public FleetGateway Tick(FleetGateway gateway)
    {
        if (gateway.LeaseAge is { } age)
        {
            var isLong = gateway.HonoursLong || !Has(FleetRules.RecordBeforeHonour);
            gateway =
                age + 1 < size.Honoured(isLong)
                    ? gateway with
                    {
                        LeaseAge = age + 1,
                    }
                    : gateway with
                    {
                        LeaseAge = null,
                        HonoursLong = false,
                    };
        }
        return gateway.Renewal == RenewalStage.None
            ? gateway
            : gateway with
            {
                RenewalAge = Math.Min(gateway.RenewalAge + 1, size.Honoured(true)),
            };
    }

    /// <summary>Without the renewal that was under way.</summary>
    public static FleetGateway Without(FleetGateway gateway) =>
        gateway with
        {
            Renewal = RenewalStage.None,
            RenewalAge = 0,
            RenewalLong = false,
            RenewalHead = 0,
            Read = null,
            ReadToTheEnd = false,
        };

    private void Renew(FleetState state, FleetGateway gateway, Action<string, FleetGateway> to)
    {
        switch (gateway.Renewal)
        {
            case RenewalStage.None when gateway is { Phase: GatewayPhase.Judging, Read: null }:
                to(gateway.RoutesLong ? "sends a renewal (long)" : "sends a renewal (short)", Send(gateway));
                break;
            case RenewalStage.Sent when gateway.Held != RenewalStage.Executed:
                Execute(state, gateway, to);
                break;
            case RenewalStage.Executed:
                to("has its renewal committed", Commit(gateway));
                break;
            case RenewalStage.Committed when size.IsFine:
                to("hears that it has renewed", Hear(gateway));
                break;
            case RenewalStage.Committed:
                var heard = Hear(gateway);
                var applied = Has(FleetRules.ApplyBeforeExtend) ? heard with { Applied = state.World.Head } : heard;
                to("hears that it has renewed, applies what there is and extends its lease", Extend(applied));
                break;
        }
    }

    private FleetGateway Send(FleetGateway gateway)
    {
        var isShortened = Has(FleetRules.ShortenBeforeSend) && !gateway.RoutesLong;
        return gateway with
        {
            HonoursLong = gateway.HonoursLong && !isShortened,
            Renewal = RenewalStage.Sent,
            RenewalAge = 0,
            RenewalLong = gateway.RoutesLong,
        };
    }

    private void Execute(FleetState state, FleetGateway gateway, Action<string, FleetGateway> to)
    {
        if (!gateway.HasRow && Has(FleetRules.ClosedRowVoids))
        {
            to("learns that its row is closed, and forgets everything", GatewaySteps.Void(gateway));
            return;
        }
        var executed = gateway with { Renewal = RenewalStage.Executed, RenewalHead = state.World.Head };
        if (size.IsFine)
            to("has its renewal executed", executed);
        else
            to("has its renewal executed and committed", Commit(executed));
    }

    private FleetGateway Hear(FleetGateway gateway) =>
        gateway with
        {
            Renewal = Has(FleetRules.ApplyBeforeExtend) ? RenewalStage.CatchingUp : RenewalStage.CaughtUp,
            RenewalAge = Has(FleetRules.LeaseFromBeforeSend) ? gateway.RenewalAge : 0,
        };

    private FleetGateway Extend(FleetGateway gateway) =>
        Without(gateway) with
        {
            LeaseAge = gateway.RenewalAge < size.Honoured(gateway.RenewalLong) ? gateway.RenewalAge : null,
            HonoursLong = gateway.RenewalLong && gateway.RenewalAge < size.Honoured(true),
        };

    private FleetGateway Commit(FleetGateway gateway)
    {
        var isLate = gateway.Held == RenewalStage.Sent && Has(FleetRules.NumberedRenewals);
        return Renewed(gateway, gateway.RenewalLong) with
        {
            Renewal = RenewalStage.Committed,
            Held = isLate ? RenewalStage.None : gateway.Held,
            HeldLong = !isLate && gateway.HeldLong,
        };
    }

    // From here on the counter is not what any admin process has seen.
    private static FleetGateway Renewed(FleetGateway gateway, bool isLong)
    {
        for (var a = 0; a < 2; a++)
        {
            if (gateway.View(a) is { StandsStill: true } view)
                gateway = gateway.With(a, view with { StandsStill = false });
        }
        return gateway with { RowLong = isLong };
    }

    private void CatchUp(FleetGateway gateway, Action<string, FleetGateway> to)
    {
        if (gateway.Renewal == RenewalStage.None)
            return;
        if (gateway.Renewal == RenewalStage.CaughtUp)
            to("extends its lease", Extend(gateway));
        to("hears no answer and gives up", Without(gateway));
        if (
            size.IsFine
            && gateway.Renewal is RenewalStage.Sent or RenewalStage.Executed
            && gateway.Held == RenewalStage.None
        )
            to(
                "gives up, the network holds its renewal",
                Without(gateway) with
                {
                    Held = gateway.Renewal,
                    HeldLong = gateway.RenewalLong,
                }
            );
    }

    private void HoldBack(FleetGateway gateway, Action<string, FleetGateway> to)
    {
        if (gateway.Held == RenewalStage.None)
            return;
        var gone = gateway with { Held = RenewalStage.None, HeldLong = false };
        to("has lost the renewal that was held back", gone);
        if (gateway.Held == RenewalStage.Executed)
            to("has a renewal committed that was held back", Renewed(gone, gateway.HeldLong));
        else if (gateway.HasRow && gateway.Renewal != RenewalStage.Executed)
            to("has a renewal executed that was held back", gateway with { Held = RenewalStage.Executed });
    }

    private bool Has(FleetRules rule) => rules.HasFlag(rule);
}
