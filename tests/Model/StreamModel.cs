namespace Gateway.Tests;

/// <summary>The rules of streams, each with its place in the code.</summary>
[Flags]
public enum StreamRules
{
    None = 0,

    /// <summary>A stream is added before it is looked at again. <c>StreamAdmission.AdmitAsync</c>.</summary>
    AddBeforeLook = 1 << 0,

    /// <summary>It is looked at again, by the record as it is then. <c>StreamAdmission.LookAsync</c>.</summary>
    LookAgain = 1 << 1,

    /// <summary>A change evicts the record before the streams are walked. <c>ChangeFollower.Apply</c>.</summary>
    EvictBeforeWalk = 1 << 2,

    /// <summary>Streams are closed before the change is acknowledged. <c>ChangeFollower.StepAsync</c>.</summary>
    CloseBeforeAcknowledge = 1 << 3,

    /// <summary>A renewal says no more than that. <c>ChangeFollower.RenewOnceAsync</c>.</summary>
    RowSaysWhatIsSettled = 1 << 4,

    /// <summary>A new incarnation walks all streams before its first renewal. <c>ChangeFollower.BeginAsync</c>.</summary>
    WalkOnNewIncarnation = 1 << 5,

    All = (1 << 6) - 1,
}

/// <summary>
/// The streams of one gateway: one key that is revoked, two streams that come, are let in, end and come again, and the
/// follower. Nothing is timed. That the cache holds no record from before a change that is applied is taken from
/// <see cref="CacheModel"/>.
/// </summary>
internal sealed class StreamModel(StreamRules rules) : IModel<StreamState>
{
    private readonly StreamFollowerSteps _follower = new(rules);

    /// <inheritdoc/>
    public StreamState Start => default;

    /// <inheritdoc/>
    public void Steps(StreamState state, Moves<StreamState> moves)
    {
        moves.Actor = "store";
        if (!state.IsCommitted)
            moves.Add("commits the revocation", state with { IsCommitted = true });
        moves.Actor = "admin";
        if (state is { HasRow: true, Term: Term.Over })
            moves.Add("closes the row of the gateway, which is lost", state with { HasRow = false });
        moves.Actor = "follower";
        _follower.Add(state, moves);
        moves.Actor = "gateway";
        if (state.Phase != GatewayPhase.Out)
            moves.Add("crashes", Crash(state));
        for (var slot = 0; slot < 2; slot++)
        {
            moves.Actor = slot == 0 ? "stream 1" : "stream 2";
            Stream(state, slot, moves);
        }
    }

    /// <inheritdoc/>
    public string? Violation(StreamState state) =>
        state is { IsSettled: true, IsCommitted: true }
        && (state.Stream(0).Stage == StreamStage.Open || state.Stream(1).Stage == StreamStage.Open)
            ? "a stream of the revoked key is open although the gateway says it has applied the revocation"
            : null;

    /// <inheritdoc/>
    public StreamState Canonical(StreamState state)
    {
        var (one, two) = (state.Stream(0), state.Stream(1));
        return two.Word > one.Word ? state.With(0, two).With(1, one) : state;
    }

    // What is in the store stays; its streams end with the process.
    private static StreamState Crash(StreamState state) =>
        new()
        {
            IsCommitted = state.IsCommitted,
            HasRow = state.HasRow,
            IsSettled = state.IsSettled,
        };

    private void Stream(StreamState state, int slot, Moves<StreamState> moves)
    {
        var stream = state.Stream(slot);
        void To(string what, ModelStream next) => moves.Add(what, state.With(slot, next));
        if (stream.Stage == StreamStage.None)
        {
            if (state is { IsApplied: false, Term: not Term.Over })
                To("is allowed by the gate", new ModelStream { Stage = StreamStage.Allowed });
            return;
        }
        To("ends", default);
        if (stream.Stage == StreamStage.Allowed && rules.HasFlag(StreamRules.AddBeforeLook))
        {
            var next = rules.HasFlag(StreamRules.LookAgain) ? StreamStage.Added : StreamStage.Admitted;
            To("is added to the set", stream with { Stage = next, IsInSet = true });
        }
        else if (stream.Stage is StreamStage.Allowed or StreamStage.Added)
            Look(state, stream, To);
        else if (stream.Stage == StreamStage.Reads)
            Conclude(state, stream, To);
        else if (stream.Stage == StreamStage.Admitted)
            To("is opened", stream with { Stage = StreamStage.Open, IsInSet = true });
    }

    // By the cache, under a lease or past it, or by the store.
    private static void Look(StreamState state, ModelStream stream, Action<string, ModelStream> to)
    {
        if (state is { IsApplied: false, Term: not Term.Over })
            to("finds its record in the cache", stream with { Stage = StreamStage.Admitted });
        if (state.Term == Term.Held)
            to(
                "reads its record from the store",
                stream with
                {
                    Stage = StreamStage.Reads,
                    ReadsNew = state.IsCommitted,
                }
            );
    }

    private static void Conclude(StreamState state, ModelStream stream, Action<string, ModelStream> to)
    {
        if (state.Term != Term.Held)
            to("finds the lease over and looks again", stream with { Stage = StreamStage.Added, ReadsNew = false });
        else if (stream.ReadsNew)
            to("is refused", default);
        else
            to("is let in by what was read", stream with { Stage = StreamStage.Admitted });
    }
}
