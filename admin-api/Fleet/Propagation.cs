namespace Gateway.Admin;

/// <summary>The receipt of a change (SPEC 9): who has applied it, and who may still judge by the old record.</summary>
/// <param name="Change">Number of the change.</param>
/// <param name="Complete">No gateway judges by the old record any more.</param>
/// <param name="Gateways">Those that have acknowledged it.</param>
/// <param name="Pending">Those that have not.</param>
public sealed record Propagation(
    long Change,
    bool Complete,
    IReadOnlyList<AppliedGateway> Gateways,
    IReadOnlyList<PendingGateway> Pending
)
{
    /// <summary>A receipt that says nothing yet.</summary>
    public static Propagation Unknown(long change) => new(change, false, [], []);
}

/// <summary>A gateway that has applied a change.</summary>
/// <param name="Id">The instance's label.</param>
/// <param name="Incarnation">Which start of it.</param>
/// <param name="AppliedAfterMs">Milliseconds after the change was written, by the store's clock.</param>
/// <param name="StreamsClosed">Streams that were closed as it was applied.</param>
public sealed record AppliedGateway(string Id, string Incarnation, long AppliedAfterMs, int StreamsClosed);

/// <summary>A gateway that has not acknowledged a change.</summary>
/// <param name="Id">The instance's label.</param>
/// <param name="Incarnation">Which start of it.</param>
/// <param name="GuaranteedBy">From here on it cannot judge by the old record, whatever has become of it.</param>
public sealed record PendingGateway(string Id, string Incarnation, DateTimeOffset GuaranteedBy);
