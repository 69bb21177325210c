namespace Gateway.Tests;

/// <summary>The filter of known hashes and its loader; a page holds every key there is.</summary>
internal sealed class FilterSteps(CacheRules rules)
{
    /// <summary>Adds every step they can take.</summary>
    public void Add(CacheState state, Moves<CacheState> moves)
    {
        if (state.FilterLags)
            moves.Add("learns of the change", Learned(state, rules) with { FilterLags = false });
        switch (state.Filling)
        {
            case 0:
                moves.Add("is begun", state with { Filling = 1 });
                return;
            case 1:
                moves.Add("reads a page", state with { Filling = 2, PageHasKey = state.IsCommitted });
                break;
            case 2:
                var has = state.FillingHasKey || state.PageHasKey;
                moves.Add("enters the page", state with { Filling = 3, FillingHasKey = has, PageHasKey = false });
                break;
            default:
                var filter = state.FillingHasKey ? Fact.New : Fact.Old;
                moves.Add("is complete", state with { Filter = filter, Filling = 0, FillingHasKey = false });
                break;
        }
        moves.Add("cannot be filled", state with { Filling = 0, FillingHasKey = false, PageHasKey = false });
    }

    /// <summary>A key was made.</summary>
    public static CacheState Learn(CacheState state, CacheRules rules) =>
        rules.HasFlag(CacheRules.FilterBeforeApplied) ? Learned(state, rules) : state with { FilterLags = true };

    private static CacheState Learned(CacheState state, CacheRules rules)
    {
        if (state.Filter == Fact.Old)
            state = state with { Filter = Fact.New };
        var isFilled = state.Filling != 0 && rules.HasFlag(CacheRules.FilterWhileFilled);
        return isFilled ? state with { FillingHasKey = true } : state;
    }
}
