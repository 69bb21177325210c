using System.Net;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>An actor and the circumstances of its call: what the core of an operation is given, from the API and from
/// the console alike.</summary>
public sealed record Caller
{
    /// <summary>Who calls.</summary>
    public required Actor Actor { get; init; }

    /// <summary>The account the call is about: the actor's own, or the one an operator names. Empty where the
    /// operation is about no account.</summary>
    public string AccountId { get; init; } = "";

    /// <summary>Where the call comes from.</summary>
    public required IPAddress Ip { get; init; }

    /// <summary>What an account's own actor needs for this call; null for what only operators may do.</summary>
    public string? Permission { get; init; }

    /// <summary>Ties answer, log line and audit entry together.</summary>
    public required string RequestId { get; init; }

    /// <summary>How long to wait for every gateway to apply the change.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Set when the call carries an <c>Idempotency-Key</c>: its answer is kept with the change.</summary>
    public IdempotencyRecord? Idempotency { get; init; }
}
