namespace Gateway.Tests;

/// <summary>
/// The key cache of one gateway: one key, and one change to it (it is revoked, or it is made), look-ups under way, joined
/// and detached, the filter of known hashes, and a request that begins after the receipt and goes the way of
/// <c>KeyGate</c> step by step. Nothing is timed: a lease ends whenever it likes. Of leases and receipts it takes for
/// granted what <see cref="FleetModel"/> shows: a receipt is complete once the gateway has acknowledged, or its row is
/// closed; and a row that is closed under a living gateway is closed when the lease and all staleness are over.
/// </summary>
/// <param name="isRevoked">Whether the key is revoked; else it is made.</param>
/// <param name="rules">The rules in force.</param>
internal sealed class CacheModel(bool isRevoked, CacheRules rules) : IModel<CacheState>
{
    private readonly FollowerSteps _follower = new(isRevoked, rules);
    private readonly LookUpSteps _lookUps = new(isRevoked, rules);
    private readonly RequestSteps _request = new(isRevoked, rules);
    private readonly FilterSteps _filter = new(rules);

    /// <inheritdoc/>
    public CacheState Start => new() { WaitsFor = RequestSteps.Nobody };

    /// <inheritdoc/>
    public void Steps(CacheState state, Moves<CacheState> moves)
    {
        moves.Actor = "store";
        if (!state.IsCommitted)
            moves.Add("commits the change", state with { IsCommitted = true });
        moves.Actor = "admin";
        Receipt(state, moves);
        moves.Actor = "follower";
        _follower.Add(state, moves);
        moves.Actor = "gateway";
        if (state.Phase != GatewayPhase.Out)
            moves.Add("crashes", Crash(state));
        if (state is { IsSomebodyComing: false, Term: Term.Held, Known: Fact.None, IsUnknown: false })
            moves.Add("has some other request that finds nothing in the cache", state with { IsSomebodyComing = true });
        for (var slot = 0; slot < 2; slot++)
        {
            moves.Actor = slot == 0 ? "look-up 1" : "look-up 2";
            _lookUps.Add(state, slot, moves);
        }
        moves.Actor = "cache";
        if (state.Known != Fact.None)
            moves.Add("makes room", LookUpSteps.MakeRoom(state));
        if (state.IsUnknown)
            moves.Add("forgets an unknown key", state with { IsUnknown = false });
        moves.Actor = "filter";
        if (!isRevoked)
            _filter.Add(state, moves);
        moves.Actor = "request";
        _request.Add(state, moves);
    }

    /// <inheritdoc/>
    public string? Violation(CacheState state)
    {
        if (state.Request != RequestStage.Wrong)
            return null;
        return isRevoked
            ? "a request that began after a complete receipt is accepted on the old record"
            : "a request with a key that was made before it began is told that there is none";
    }

    // What is in the store stays.
    private CacheState Crash(CacheState state) =>
        Start with
        {
            IsCommitted = state.IsCommitted,
            HasRow = state.HasRow,
            HasAcknowledged = state.HasAcknowledged,
            IsComplete = state.IsComplete,
        };

    private static void Receipt(CacheState state, Moves<CacheState> moves)
    {
        if (state is { HasRow: true, Term: Term.Over })
            moves.Add("closes the row of the gateway, which is lost", state with { HasRow = false });
        if (state is { IsCommitted: true, IsComplete: false } && (state.HasAcknowledged || !state.HasRow))
            moves.Add("gives a complete receipt", state with { IsComplete = true });
    }
}
