namespace Gateway.Tests;

/// <summary>What an admin write does.</summary>
public enum WriteKind
{
    /// <summary>Makes a key as <see cref="AdminWrite.Sets"/> says.</summary>
    Create,

    /// <summary>Sets the fields of a key that <see cref="AdminWrite.Fields"/> names.</summary>
    Update,

    /// <summary>Switches a key off.</summary>
    Disable,

    /// <summary>Switches a key on.</summary>
    Enable,

    /// <summary>Revokes a key.</summary>
    Revoke,

    /// <summary>Rotates a key: <see cref="AdminWrite.Successor"/> is made.</summary>
    Rotate,

    /// <summary>Revokes every key of an account.</summary>
    RevokeAll,

    /// <summary>Suspends an account.</summary>
    Suspend,

    /// <summary>Lifts a suspension.</summary>
    Resume,

    /// <summary>Something of an account that no verdict depends on and that has a change: a name, a wallet.</summary>
    Other,
}

/// <summary>How an admin write ended, as its caller knows.</summary>
public enum WriteOutcome
{
    /// <summary>2xx. It may have found nothing to do.</summary>
    Done,

    /// <summary>4xx: nothing was written.</summary>
    Refused,

    /// <summary>No answer, or 5xx: it may have been written, or be yet.</summary>
    Unknown,
}

/// <summary>One write through the admin API. The checker computes from it the record that it leaves.</summary>
public sealed record AdminWrite : HistoryEvent
{
    /// <summary>Before its first byte was sent.</summary>
    public required TimeSpan Begin { get; init; }

    /// <summary>After its answer was there, or was given up.</summary>
    public required TimeSpan End { get; init; }

    /// <summary>What it does.</summary>
    public required WriteKind Kind { get; init; }

    /// <summary>How it ended.</summary>
    public required WriteOutcome Outcome { get; init; }

    /// <summary>The account.</summary>
    public required string Account { get; init; }

    /// <summary>The key; null for an account's write, and for a create without an answer.</summary>
    public string? Key { get; init; }

    /// <summary>What a create or an update sets.</summary>
    public KeySettings? Sets { get; init; }

    /// <summary>Which properties of <see cref="Sets"/> an update states, by their names in C#; the others stay.</summary>
    public string Fields { get; init; } = "";

    /// <summary>Rotate: the id of the key that was made; null when there was no answer.</summary>
    public string? Successor { get; init; }

    /// <summary>Rotate: until when the key that was rotated works; null when it was revoked at once, because no grace was
    /// asked for or because its own predecessor is in its grace period (<c>previousKey</c> is then not the key).</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The problem's code, of a refusal.</summary>
    public string? Code { get; init; }

    /// <summary>The receipt in the answer; null for none.</summary>
    public Receipt? Receipt { get; init; }
}

/// <summary>What can be set of a key. Lists are separated by spaces.</summary>
public sealed record KeySettings
{
    /// <summary>Its environment; cannot be updated.</summary>
    public string Environment { get; init; } = "sandbox";

    /// <summary>Its own grants, as <c>tokens:read</c>, <c>tokens:*</c>, <c>*:read</c> or <c>*</c>; give every key some.</summary>
    public string Permissions { get; init; } = "*";

    /// <summary>Addresses and CIDRs; null for anywhere.</summary>
    public string? AllowedIps { get; init; }

    /// <summary>Ids of the wallets it is bound to, none with permissions of its own; null for all.</summary>
    public string? Wallets { get; init; }

    /// <summary>Null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A receipt, as it was answered.</summary>
/// <param name="Change">Number of the change.</param>
/// <param name="Complete">Whether it says that it is complete.</param>
/// <param name="Gateways">Who has acknowledged.</param>
/// <param name="Pending">Who has not.</param>
public sealed record Receipt(
    long Change,
    bool Complete,
    IReadOnlyList<ReceiptGateway> Gateways,
    IReadOnlyList<ReceiptPending> Pending
);

/// <summary>A gateway that has acknowledged.</summary>
public sealed record ReceiptGateway(string Gateway, string? Incarnation, long AppliedAfterMs, int StreamsClosed);

/// <summary>A gateway that has not.</summary>
public sealed record ReceiptPending(string Gateway, string? Incarnation, DateTimeOffset GuaranteedBy);

/// <summary>A receipt that was read later (<c>GET /v1/changes/{n}</c>, or a revoke that was repeated).</summary>
public sealed record ReceiptRead(TimeSpan Begin, TimeSpan End, Receipt Receipt) : HistoryEvent;

/// <summary>A record as the admin API showed it.</summary>
/// <param name="Begin">Before it was asked for.</param>
/// <param name="End">After it was there.</param>
/// <param name="Account">The account.</param>
/// <param name="Key">The key; null when it is about the account.</param>
/// <param name="Sets">The key's settings.</param>
/// <param name="Off">The key is disabled; the account is suspended.</param>
/// <param name="Revoked">The key is revoked.</param>
/// <param name="Deadline">The key's rotation deadline.</param>
public sealed record ReadBack(
    TimeSpan Begin,
    TimeSpan End,
    string Account,
    string? Key,
    KeySettings? Sets,
    bool Off,
    bool Revoked,
    DateTimeOffset? Deadline
) : HistoryEvent;
