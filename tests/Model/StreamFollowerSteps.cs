namespace Gateway.Tests;

/// <summary>The follower's loop as streams see it, and the sweep.</summary>
internal sealed class StreamFollowerSteps(StreamRules rules)
{
    private const int NoWalk = 0;
    private const int WalkReads = 1;
    private const int WalkRefuses = 2;
    private const int WalkAllows = 3;

    /// <summary>Adds every step it can take.</summary>
    public void Add(StreamState state, Moves<StreamState> moves)
    {
        switch (state.Phase)
        {
            case GatewayPhase.Out:
                moves.Add(
                    "commits the row of a new incarnation",
                    state with
                    {
                        Phase = GatewayPhase.Entered,
                        HasRow = true,
                        IsSettled = false,
                    }
                );
                break;
            case GatewayPhase.Entered:
                moves.Add("reads the head and starts over", Begin(state));
                break;
            default:
                Walk(state, moves);
                Follow(state, moves);
                break;
        }
        if (state.Term != Term.Over)
            moves.Add("finds its lease, then all staleness over", state with { Term = state.Term - 1 });
        else if (IsAnyInSet(state))
            moves.Add("sweeps", Close(state, s => s.Stage is StreamStage.Admitted or StreamStage.Open));
    }

    private StreamState Begin(StreamState state) =>
        state with
        {
            Phase = GatewayPhase.Judging,
            IsApplied = state.IsCommitted,
            MustWalk = rules.HasFlag(StreamRules.WalkOnNewIncarnation) && IsAnyInSet(state),
            IsBegun = false,
        };

    // The loop does one thing at a time: a walk that is due comes before the next acknowledgement, and in a new
    // incarnation before everything.
    private void Follow(StreamState state, Moves<StreamState> moves)
    {
        if (!state.IsBegun && !state.MustWalk)
            moves.Add("has begun", state with { IsBegun = true });
        if (!state.IsBegun || state.Walk != NoWalk)
            return;
        if (state is { IsCommitted: true, IsApplied: false, HasRead: false })
            moves.Add("reads the change", Read(state));
        if (state.HasRead && (rules.HasFlag(StreamRules.EvictBeforeWalk) || !state.MustWalk))
            moves.Add("applies the change", Apply(state));
        if (state.MustAcknowledge && (!state.MustWalk || !rules.HasFlag(StreamRules.CloseBeforeAcknowledge)))
            moves.Add("acknowledges the change", state with { MustAcknowledge = false, IsSettled = true });
        Renew(state, moves);
    }

    private StreamState Read(StreamState state) =>
        state with
        {
            HasRead = true,
            MustWalk = !rules.HasFlag(StreamRules.EvictBeforeWalk) && IsAnyInSet(state),
        };

    private StreamState Apply(StreamState state) =>
        state with
        {
            HasRead = false,
            IsApplied = true,
            MustAcknowledge = true,
            MustWalk = rules.HasFlag(StreamRules.EvictBeforeWalk) && IsAnyInSet(state),
        };

    private void Renew(StreamState state, Moves<StreamState> moves)
    {
        if (!state.HasRow)
            moves.Add("learns that its row is closed, and forgets everything", Forget(state));
        else if (state.Renewal == Fact.None)
        {
            var says = state.IsApplied && !(state.MustAcknowledge && rules.HasFlag(StreamRules.RowSaysWhatIsSettled));
            moves.Add(
                "renews",
                state with
                {
                    Renewal = state.IsCommitted ? Fact.New : Fact.Old,
                    IsSettled = state.IsSettled || says,
                }
            );
        }
        else if (state.Renewal == Fact.Old || state.IsApplied)
            moves.Add("extends its lease", state with { Renewal = Fact.None, Term = Term.Held });
    }

    private static StreamState Forget(StreamState state) =>
        state with
        {
            Phase = GatewayPhase.Out,
            Term = Term.Over,
            IsApplied = false,
            IsSettled = false,
            IsBegun = false,
            Renewal = Fact.None,
            HasRead = false,
            MustAcknowledge = false,
            MustWalk = false,
        };

    private static void Walk(StreamState state, Moves<StreamState> moves)
    {
        if (state is { MustWalk: true, Walk: NoWalk })
            moves.Add("walks the streams", Find(state, true) with { Walk = WalkReads });
        else if (state.Walk == WalkReads)
            moves.Add("reads their keys", state with { Walk = state.IsCommitted ? WalkRefuses : WalkAllows });
        else if (state.Walk != NoWalk)
            moves.Add("closes those that are refused", Walked(state));
        if (state.Walk != NoWalk)
            moves.Add("cannot read, and leaves the walk for later", Find(state, false) with { Walk = NoWalk });
    }

    private static bool IsAnyInSet(StreamState state) => state.Stream(0).IsInSet || state.Stream(1).IsInSet;

    private static StreamState Find(StreamState state, bool isWalk)
    {
        for (var slot = 0; slot < 2; slot++)
            state = state.With(slot, state.Stream(slot) with { IsFound = isWalk && state.Stream(slot).IsInSet });
        return state;
    }

    private static StreamState Walked(StreamState state)
    {
        var isRefused = state.Walk == WalkRefuses;
        state = Close(state, s => s.IsFound && isRefused);
        return Find(state, false) with { Walk = NoWalk, MustWalk = false };
    }

    private static StreamState Close(StreamState state, Func<ModelStream, bool> isOver)
    {
        for (var slot = 0; slot < 2; slot++)
        {
            if (state.Stream(slot) is { IsInSet: true } stream && isOver(stream))
                state = state.With(slot, default(ModelStream));
        }
        return state;
    }
}
