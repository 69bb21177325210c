namespace Gateway.Keys;

/// <summary>
/// One row in the change feed: something that matters to a verdict was written in the same transaction. A change names
/// either a key (id and hash) or an account, never what it changed to: followers drop what they hold and read again.
/// </summary>
/// <param name="Number">Gapless, in commit order, from 1.</param>
/// <param name="Id">Random; tells a restored database from the one that was followed.</param>
/// <param name="Kind">What happened, for people and for the receipt; one of <see cref="ChangeKinds"/>.</param>
/// <param name="KeyId">The key it touches; null for a change of the account.</param>
/// <param name="KeyHash">That key's hash.</param>
/// <param name="AccountId">The account it touches: all of its keys when <paramref name="KeyId"/> is null.</param>
/// <param name="At">The store's clock as it was written.</param>
/// <param name="PepperId">The pepper its hash was made with; null for none.</param>
/// <param name="KeyPrefix">That key's display prefix.</param>
public sealed record Change(
    long Number,
    string Id,
    string Kind,
    string? KeyId,
    byte[]? KeyHash,
    string? AccountId,
    DateTimeOffset At,
    string? PepperId = null,
    string? KeyPrefix = null
);

/// <summary>The kinds of <see cref="Change"/>.</summary>
public static class ChangeKinds
{
    /// <summary>A key was made, by create or by rotate: a remembered "unknown key" may now be wrong.</summary>
    public const string KeyCreated = "key.created";

    /// <summary>A key's record changed (update, rotation deadline, disable, enable).</summary>
    public const string KeyUpdated = "key.updated";

    /// <summary>A key was revoked.</summary>
    public const string KeyRevoked = "key.revoked";

    /// <summary>An account changed (suspension, limits, wallets).</summary>
    public const string AccountUpdated = "account.updated";

    /// <summary>Every key of an account was revoked at once.</summary>
    public const string AccountKeysRevoked = "account.keys-revoked";
}
