namespace Gateway.Tests;

/// <summary>A look-up: note, read, insert unless a change touched it, tell whoever waits, leave.</summary>
internal sealed class LookUpSteps(bool isRevoked, CacheRules rules)
{
    /// <summary>Adds every step it can take.</summary>
    public void Add(CacheState state, int slot, Moves<CacheState> moves)
    {
        var fill = state.Fill(slot);
        switch (fill.Stage)
        {
            case FillStage.None:
                if (state.IsSomebodyComing && TryStart(state, out var started, out var taken) && taken == slot)
                    moves.Add("is begun for some other request", started with { IsSomebodyComing = false });
                return;
            case FillStage.Started:
                moves.Add("notes the change applied last", state.With(slot, Note(state, fill)));
                break;
            case FillStage.Noted:
                moves.Add("reads the store", state.With(slot, Read(state, fill)));
                break;
            case FillStage.Read:
                Insert(state, slot, moves);
                break;
            case FillStage.Done when fill.IsJoined:
                moves.Add("leaves", Tidy(state.With(slot, fill with { IsJoined = false })));
                return;
            default:
                return;
        }
        moves.Add("fails", Fail(state, slot));
    }

    /// <summary>Begins one where there is room.</summary>
    public static bool TryStart(CacheState state, out CacheState started, out int slot)
    {
        slot = state.Fill(0).Stage == FillStage.None ? 0 : 1;
        started = state;
        if (state.Fill(slot).Stage != FillStage.None || Joined(state) is not null)
            return false;
        started = state.With(slot, new CacheFill { Stage = FillStage.Started, IsJoined = true });
        return true;
    }

    /// <summary>The one that requests join.</summary>
    public static int? Joined(CacheState state) =>
        state.Fill(0).IsJoined ? 0
        : state.Fill(1).IsJoined ? 1
        : null;

    /// <summary>The cache lets a record go for room: no change finds it any more.</summary>
    public static CacheState MakeRoom(CacheState state)
    {
        for (var slot = 0; slot < 2; slot++)
            state = state.With(slot, state.Fill(slot) with { IsIndexed = false });
        return state with { Known = Fact.None };
    }

    /// <summary>Nobody joins the look-ups under way any more.</summary>
    public static CacheState Detach(CacheState state)
    {
        for (var slot = 0; slot < 2; slot++)
            state = state.With(slot, state.Fill(slot) with { IsJoined = false });
        return Tidy(state);
    }

    /// <summary>Forgets look-ups that nobody joins or waits for any more.</summary>
    public static CacheState Tidy(CacheState state)
    {
        for (var slot = 0; slot < 2; slot++)
        {
            if (state.Fill(slot) is { Stage: FillStage.Done, IsJoined: false } && state.WaitsFor != slot)
                state = state.With(slot, default(CacheFill));
        }
        return state;
    }

    private static CacheFill Note(CacheState state, CacheFill fill) =>
        fill with
        {
            Stage = FillStage.Noted,
            NotedApplied = state.IsApplied,
        };

    private CacheFill Read(CacheState state, CacheFill fill) =>
        fill with
        {
            Stage = FillStage.Read,
            Fact =
                state.IsCommitted ? Fact.New
                : isRevoked ? Fact.Old
                : Fact.None,
        };

    private static CacheFill Again(CacheFill fill) => new() { Stage = FillStage.Started, IsJoined = fill.IsJoined };

    private void Insert(CacheState state, int slot, Moves<CacheState> moves)
    {
        var fill = state.Fill(slot);
        var isTouched = state.IsApplied && !fill.NotedApplied && rules.HasFlag(CacheRules.CheckBeforeInsert);
        if (isTouched || fill.IsOutdated)
        {
            moves.Add("was overtaken and reads again", state.With(slot, Again(fill)));
            return;
        }
        var isKey = fill.Fact != Fact.None;
        // The record of before, if another look-up brought it, is not found by changes any more.
        if (isKey)
            state = MakeRoom(state) with { Known = fill.Fact };
        else
            state = state with { IsUnknown = true };
        var done = fill with { Stage = FillStage.Done, IsIndexed = isKey, NotedApplied = false };
        moves.Add("inserts what it read", Tidy(state.With(slot, done)));
    }

    private static CacheState Fail(CacheState state, int slot)
    {
        state = state.With(slot, default(CacheFill));
        return state.WaitsFor == slot ? RequestSteps.End(state) : state;
    }
}
