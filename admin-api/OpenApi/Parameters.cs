using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The parameters operations share.</summary>
public static class Parameters
{
    /// <summary>The size of a page.</summary>
    public static readonly ParameterDoc Limit = new("limit", "How many in a page; 50 when absent.", typeof(int))
    {
        Minimum = 1,
        Maximum = 100,
    };

    /// <summary>Where a page begins.</summary>
    public static readonly ParameterDoc Cursor = new("cursor", "`nextCursor` of the page before.", typeof(string));

    /// <summary>How long to wait for the receipt.</summary>
    public static readonly ParameterDoc Wait = new(
        "wait",
        "Seconds to wait until every gateway has applied the change; `Changes:ReceiptTimeout` when absent.",
        typeof(double)
    )
    {
        Minimum = 0,
        Maximum = 60,
    };

    /// <summary>The same, where nothing is waited for unless it is stated.</summary>
    public static readonly ParameterDoc WaitForReceipt = Wait with
    {
        Description = "Seconds to wait until every gateway has applied the change; 0 when absent.",
    };

    /// <summary>Whether what descends from a key is revoked too.</summary>
    public static readonly ParameterDoc Descendants = new(
        "descendants",
        "Also revoke the keys this key made, and theirs.",
        typeof(bool)
    );

    /// <summary>Makes a POST repeatable.</summary>
    public static readonly ParameterDoc IdempotencyKey = new(
        "Idempotency-Key",
        "Makes the request repeatable for 24 hours: a repetition is answered as the first time, without the secret.",
        typeof(string)
    )
    {
        IsHeader = true,
    };

    /// <summary>Which key a report is signed with.</summary>
    public static readonly ParameterDoc ReporterKey = new(
        "Github-Public-Key-Identifier",
        "Instead of a credential: which of the configured keys the report is signed with.",
        typeof(string)
    )
    {
        IsHeader = true,
    };

    /// <summary>The signature of a report.</summary>
    public static readonly ParameterDoc ReporterSignature = new(
        "Github-Public-Key-Signature",
        "Base64 of the DER signature of the body (ECDSA on P-256, SHA-256).",
        typeof(string)
    )
    {
        IsHeader = true,
    };

    /// <summary>Guards a PATCH against a change in between.</summary>
    public static readonly ParameterDoc IfMatch = new(
        "If-Match",
        "The `ETag` of the last read; 412 when it was changed since.",
        typeof(string)
    )
    {
        IsHeader = true,
    };

    /// <summary>Filters of the keys' list.</summary>
    public static ParameterDoc[] KeyFilters { get; } =
    [
        new("status", "Only keys of this status.", typeof(KeyStatus)),
        new("environment", "Only keys of this environment.", typeof(string)),
        new("prefix", "Only keys whose `keyPrefix` begins so.", typeof(string)),
        Limit,
        Cursor,
    ];

    /// <summary>Filters of the audit log.</summary>
    public static ParameterDoc[] AuditFilters { get; } =
    [
        new("accountId", "Only this account's.", typeof(string)),
        new("keyId", "Only what was done to this key.", typeof(string)),
        new("actor", "Only what this actor did (its id).", typeof(string)),
        new("action", "Only what was done so, such as `key.revoke`.", typeof(string)),
        new("from", "Only from this instant on.", typeof(DateTimeOffset)),
        new("to", "Only from before this instant.", typeof(DateTimeOffset)),
        Limit,
        Cursor,
    ];
}
