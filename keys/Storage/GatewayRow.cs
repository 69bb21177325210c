namespace Gateway.Keys.Storage;

/// <summary>One incarnation of a gateway process.</summary>
/// <param name="Incarnation">Random, made at start: two starts of one instance are two incarnations.</param>
/// <param name="InstanceId">A label for people.</param>
/// <param name="Version">Of the program.</param>
/// <param name="SettingsHash">Hash over what must be alike across the fleet.</param>
/// <param name="State"><see cref="Open"/> or <see cref="Closed"/>.</param>
/// <param name="Applied">Number of the change it had applied at its last renewal.</param>
/// <param name="Renewals">Number of its last renewal: an observer who sees this stand still long enough may stop waiting.</param>
/// <param name="Lease">How long a renewal lets it judge.</param>
/// <param name="MaxStaleness">The longest of its routes' tolerances in force.</param>
/// <param name="StartedAt">The store's clock when the row was entered.</param>
/// <param name="RenewedAt">The store's clock at the last renewal.</param>
public sealed record GatewayRow(
    string Incarnation,
    string InstanceId,
    string Version,
    string SettingsHash,
    string State,
    long Applied,
    long Renewals,
    TimeSpan Lease,
    TimeSpan MaxStaleness,
    DateTimeOffset StartedAt,
    DateTimeOffset RenewedAt
)
{
    /// <summary>State of a process that judges requests.</summary>
    public const string Open = "open";

    /// <summary>State of a process that stopped cleanly, after its last decision.</summary>
    public const string Closed = "closed";
}

/// <summary>What a renewal answers.</summary>
/// <param name="Head">The number of the last change committed before the renewal.</param>
/// <param name="StoreNow">The store's clock.</param>
public sealed record Renewal(long Head, DateTimeOffset StoreNow);

/// <summary>An incarnation has applied a change.</summary>
/// <param name="ChangeNumber">The change.</param>
/// <param name="Incarnation">Who.</param>
/// <param name="AppliedAfterMs">Milliseconds from the change's write to the acknowledgement, by the store's clock.</param>
/// <param name="StreamsClosed">Streams that were closed as it was applied.</param>
public sealed record Acknowledgement(long ChangeNumber, string Incarnation, long AppliedAfterMs, int StreamsClosed);
