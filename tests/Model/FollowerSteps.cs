namespace Gateway.Tests;

/// <summary>The follower's loop as the cache sees it.</summary>
internal sealed class FollowerSteps(bool isRevoked, CacheRules rules)
{
    /// <summary>Adds every step it can take.</summary>
    public void Add(CacheState state, Moves<CacheState> moves)
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
                        HasAcknowledged = false,
                    }
                );
                break;
            case GatewayPhase.Entered:
                moves.Add("reads the head and starts over", StartOver(state, GatewayPhase.Judging, state.IsCommitted));
                break;
            default:
                Follow(state, moves);
                Renew(state, moves);
                break;
        }
        if (state.Term != Term.Over)
            moves.Add(
                state.Term == Term.Held ? "finds its lease over" : "finds all staleness over",
                state with
                {
                    Term = state.Term - 1,
                }
            );
    }

    private void Follow(CacheState state, Moves<CacheState> moves)
    {
        if (state is { IsCommitted: true, IsApplied: false, HasRead: false })
            moves.Add("reads the change", state with { HasRead = true });
        if (state.HasRead)
            moves.Add("applies the change", Apply(state));
        if (LookUpSteps.Joined(state) is not null)
            moves.Add("applies a change to another key, or hears again from the store", LookUpSteps.Detach(state));
        if (state is { IsApplied: true, HasRow: true, HasAcknowledged: false })
            moves.Add("acknowledges the change", state with { HasAcknowledged = true });
    }

    private void Renew(CacheState state, Moves<CacheState> moves)
    {
        if (!state.HasRow)
            moves.Add("learns that its row is closed, and forgets everything", Forget(state));
        else if (state.Renewal == Fact.None)
            moves.Add("renews", state with { Renewal = state.IsCommitted ? Fact.New : Fact.Old });
        else if (state.Renewal == Fact.Old || state.IsApplied)
            moves.Add("extends its lease", state with { Renewal = Fact.None, Term = Term.Held });
    }

    private CacheState Forget(CacheState state) => StartOver(state, GatewayPhase.Out, false) with { Term = Term.Over };

    private CacheState StartOver(CacheState state, GatewayPhase phase, bool isApplied)
    {
        state = state with { Phase = phase, IsApplied = isApplied, HasRead = false, Renewal = Fact.None };
        if (rules.HasFlag(CacheRules.FilterStartsOver))
            state = state with { Filter = Fact.None, Filling = 0, FillingHasKey = false, PageHasKey = false };
        if (!rules.HasFlag(CacheRules.DropOnNewIncarnation))
            return state;
        for (var slot = 0; slot < 2; slot++)
            state = state.With(slot, Drop(state.Fill(slot)));
        return LookUpSteps.Tidy(state with { Known = Fact.None, IsUnknown = false });
    }

    private static CacheFill Drop(CacheFill fill) =>
        fill.Stage == FillStage.None
            ? fill
            : fill with
            {
                IsJoined = false,
                IsOutdated = fill.Stage is FillStage.Noted or FillStage.Read,
                IsDead = fill.IsDead || fill.IsIndexed,
                IsIndexed = false,
            };

    private CacheState Apply(CacheState state)
    {
        if (rules.HasFlag(CacheRules.DetachLookUps))
            state = LookUpSteps.Detach(state);
        if (rules.HasFlag(CacheRules.EvictOnApply))
            state = Evict(state);
        if (!isRevoked && rules.HasFlag(CacheRules.UnknownUntilNextKey))
            state = state with { IsUnknown = false };
        if (!isRevoked)
            state = FilterSteps.Learn(state, rules);
        return LookUpSteps.Tidy(state with { IsApplied = true, HasRead = false });
    }

    private static CacheState Evict(CacheState state)
    {
        for (var slot = 0; slot < 2; slot++)
        {
            var fill = state.Fill(slot);
            state = state.With(slot, fill with { IsDead = fill.IsDead || fill.IsIndexed, IsIndexed = false });
        }
        return state with { Known = Fact.None };
    }
}
