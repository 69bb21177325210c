namespace Gateway.Tests;

/// <summary>The request that begins after the receipt, as <c>KeyGate</c> takes it through.</summary>
internal sealed class RequestSteps(bool isRevoked, CacheRules rules)
{
    private static readonly string[] Joins = ["joins look-up 1", "joins look-up 2"];
    private static readonly string[] Begins = ["begins look-up 1", "begins look-up 2"];

    /// <summary>It waits for no look-up.</summary>
    public const int Nobody = 2;

    /// <summary>Adds every step it can take.</summary>
    public void Add(CacheState state, Moves<CacheState> moves)
    {
        switch (state.Request)
        {
            case RequestStage.None when state.IsComplete:
                moves.Add("begins and reads the clock", Moment(state, RequestStage.Began, state.Term == Term.Held));
                break;
            case RequestStage.Began when state.IsMomentGood:
                Look(state, RequestStage.Loops, moves);
                break;
            case RequestStage.Began:
                moves.Add("finds the lease over", To(state, RequestStage.Loops));
                break;
            case RequestStage.Loops:
                var isHeld = state.Term == Term.Held;
                var next = isHeld ? RequestStage.Looks : RequestStage.NeedsRenewal;
                moves.Add("reads the clock again", Moment(state, next, isHeld));
                break;
            case RequestStage.NeedsRenewal:
                moves.Add("is told that the lease was renewed", To(state, RequestStage.Loops));
                var isHonoured = state.Term != Term.Over;
                moves.Add("is told that it was not", Moment(state, RequestStage.LooksStale, isHonoured));
                break;
            case RequestStage.Looks:
                Look(state, RequestStage.Waits, moves);
                break;
            case RequestStage.LooksStale:
                LookStale(state, moves);
                break;
            case RequestStage.Waits when state.WaitsFor == Nobody || state.Fill(state.WaitsFor).Stage == FillStage.Done:
                moves.Add("is told", To(state, RequestStage.Told));
                break;
            case RequestStage.Told:
                var stillHeld = state.Term == Term.Held;
                var then = stillHeld ? RequestStage.Checked : RequestStage.Loops;
                moves.Add("reads the clock again", stillHeld ? To(state, then) : To(Release(state), then));
                break;
            case RequestStage.Checked:
                Check(state, moves);
                break;
        }
    }

    /// <summary>It is over, one way or another.</summary>
    public static CacheState End(CacheState state) =>
        Release(state) with
        {
            Request = RequestStage.None,
            IsMomentGood = false,
        };

    private static CacheState To(CacheState state, RequestStage stage) => state with { Request = stage };

    private static CacheState Moment(CacheState state, RequestStage stage, bool isGood) =>
        state with
        {
            Request = stage,
            IsMomentGood = isGood,
        };

    private static CacheState Release(CacheState state) => LookUpSteps.Tidy(state with { WaitsFor = Nobody });

    private CacheState Conclude(CacheState state, Fact fact)
    {
        var isWrong = isRevoked ? fact == Fact.Old : fact == Fact.None;
        return isWrong ? To(state, RequestStage.Wrong) : End(state);
    }

    // Under a lease: what is held, else a look-up.
    private void Look(CacheState state, RequestStage miss, Moves<CacheState> moves)
    {
        if (state.Known != Fact.None)
            moves.Add("finds the key in the cache", Conclude(state, state.Known));
        else if (state.IsUnknown)
            moves.Add("finds in the cache that there is no such key", Conclude(state, Fact.None));
        else if (miss == RequestStage.Loops)
            moves.Add("finds nothing in the cache", To(state, miss));
        else if (state.Filter == Fact.Old)
            moves.Add("is told by the filter that there is no such key", To(state, RequestStage.Waits));
        else if (LookUpSteps.Joined(state) is { } joined)
            moves.Add(Joins[joined], To(state, miss) with { WaitsFor = joined });
        else if (LookUpSteps.TryStart(state, out var started, out var slot))
            moves.Add(Begins[slot], To(started, miss) with { WaitsFor = slot });
    }

    // Past the lease, with the store out of reach.
    private void LookStale(CacheState state, Moves<CacheState> moves)
    {
        var isHonoured = state.IsMomentGood || state.Term != Term.Over;
        if (state.Known != Fact.None && isHonoured)
            moves.Add("finds the key in the cache, past the lease", Conclude(state, state.Known));
        else if (state is { Known: Fact.None, IsUnknown: true } && !rules.HasFlag(CacheRules.UnknownUnderLease))
            moves.Add("finds in the cache that there is no such key, past the lease", Conclude(state, Fact.None));
        else
            moves.Add("cannot be decided", End(state));
    }

    // The filter says nothing but "unknown", and that does not die.
    private void Check(CacheState state, Moves<CacheState> moves)
    {
        var fill = state.WaitsFor == Nobody ? default : state.Fill(state.WaitsFor);
        if (fill.IsDead)
            moves.Add("finds that the record has changed", To(Release(state), RequestStage.Loops));
        else
            moves.Add("is judged by what it was told", Conclude(state, fill.Fact));
    }
}
