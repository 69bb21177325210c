namespace Gateway.Keys;

/// <summary>What a refusal looks like on the wire.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code for programs: <c>error.code</c>, the metric label, the runbook heading.</param>
/// <param name="Title">RFC 9457 <c>title</c>: the same for every occurrence.</param>
/// <param name="Message">What the caller can do about it; names neither key nor path.</param>
/// <param name="Challenge">The <c>error</c> of RFC 6750 section 3 in <c>WWW-Authenticate</c>; empty for a challenge
/// without one, null for none.</param>
/// <param name="ProxyError">The error of RFC 9209 in <c>Proxy-Status</c>.</param>
/// <param name="RetryAfterSeconds">Value of <c>Retry-After</c>; null for none.</param>
public sealed record Denial(
    int Status,
    string Code,
    string Title,
    string Message,
    string? Challenge,
    string ProxyError,
    int? RetryAfterSeconds = null
);

/// <summary>The one table from <see cref="DenyReason"/> to what the caller is told.</summary>
public static class Denials
{
    // Long enough for a renewal (1 s) to succeed, short enough that a bot does not wait for nothing.
    private const int RetryAfterSeconds = 2;

    private const string Denied = "http_request_denied";
    private const string Malformed = "http_request_error";

    private static readonly Denial[] Table = [.. Enum.GetValues<DenyReason>().Select(Describe)];

    /// <summary>Every row, in the order of <see cref="DenyReason"/>.</summary>
    public static IReadOnlyList<Denial> All => Table;

    /// <summary>The row of a reason.</summary>
    public static Denial For(DenyReason reason) => Table[(int)reason];

    // No default arm: a new reason without a row does not compile.
#pragma warning disable CS8524
    private static Denial Describe(DenyReason reason) =>
        reason switch
        {
            DenyReason.BadRequest => new(
                400,
                "BAD_REQUEST",
                "The request is ambiguous",
                "The request can be read in more than one way and was not forwarded.",
                null,
                Malformed
            ),
            DenyReason.MethodNotAllowed => new(
                405,
                "METHOD_NOT_ALLOWED",
                "Method not allowed",
                "This path does not take this method; see the Allow header.",
                null,
                Denied
            ),
            DenyReason.NoRoute => new(404, "NO_ROUTE", "No such route", "Nothing is served here.", null, Denied),
            DenyReason.Unauthorized => new(
                401,
                "UNAUTHORIZED",
                "An API key is needed",
                "Send an API key as 'Authorization: Bearer <key>'.",
                "",
                Denied
            ),
            DenyReason.InvalidApiKey => new(
                401,
                "INVALID_API_KEY",
                "The API key is not valid",
                "This is not an API key of ours: check that it was copied whole.",
                "invalid_token",
                Denied
            ),
            DenyReason.RevokedApiKey => new(
                401,
                "REVOKED_API_KEY",
                "The API key was revoked",
                "This API key was revoked and cannot be restored: use another.",
                "invalid_token",
                Denied
            ),
            DenyReason.DisabledApiKey => new(
                401,
                "DISABLED_API_KEY",
                "The API key is disabled",
                "This API key is switched off: its owner can enable it.",
                "invalid_token",
                Denied
            ),
            DenyReason.ExpiredApiKey => new(
                401,
                "EXPIRED_API_KEY",
                "The API key has expired",
                "This API key is past its expiry or its rotation deadline: use its successor or another.",
                "invalid_token",
                Denied
            ),
            DenyReason.AccountSuspended => new(
                403,
                "ACCOUNT_SUSPENDED",
                "The account is suspended",
                "All keys of this account are stopped: contact the operator.",
                null,
                Denied
            ),
            DenyReason.EnvironmentNotAllowed => new(
                403,
                "ENVIRONMENT_NOT_ALLOWED",
                "Wrong environment",
                "This API key is of an environment that is not served here.",
                null,
                Denied
            ),
            DenyReason.IpNotAllowed => new(
                403,
                "IP_NOT_ALLOWED",
                "Address not allowed",
                "This API key may not be used from your address.",
                null,
                Denied
            ),
            DenyReason.InsufficientPermissions => new(
                403,
                "INSUFFICIENT_PERMISSIONS",
                "Insufficient permissions",
                "This API key lacks a permission that is needed here; see the scope of the WWW-Authenticate header.",
                "insufficient_scope",
                Denied
            ),
            DenyReason.WalletNotAllowed => new(
                403,
                "WALLET_NOT_ALLOWED",
                "Wallet not allowed",
                "This API key is not bound to the wallet of this request.",
                null,
                Denied
            ),
            DenyReason.RateLimited => new(
                429,
                "RATE_LIMITED",
                "Too many requests",
                "A limit is used up, RateLimit-Policy says which: wait as long as Retry-After says.",
                null,
                Denied
            ),
            DenyReason.VerificationUnavailable => new(
                503,
                "VERIFICATION_UNAVAILABLE",
                "The API key could not be verified",
                "This says nothing about your API key: try again as Retry-After says.",
                null,
                "proxy_internal_error",
                RetryAfterSeconds
            ),
            DenyReason.PayloadTooLarge => new(
                413,
                "PAYLOAD_TOO_LARGE",
                "The body is too large",
                "The body is larger than is taken here.",
                null,
                Denied
            ),
            DenyReason.UpstreamUnavailable => new(
                502,
                "UPSTREAM_UNAVAILABLE",
                "The upstream is unavailable",
                "The service behind the gateway could not be reached or broke off.",
                null,
                "destination_unavailable"
            ),
            DenyReason.UpstreamTimeout => new(
                504,
                "UPSTREAM_TIMEOUT",
                "The upstream did not answer in time",
                "The service behind the gateway did not answer in time.",
                null,
                "connection_timeout"
            ),
            DenyReason.Overloaded => new(
                503,
                "OVERLOADED",
                "Too many requests at once",
                "More requests without a key are in flight than are served at once, of your address or of all: try again as Retry-After says.",
                null,
                "connection_limit_reached",
                RetryAfterSeconds
            ),
        };
#pragma warning restore CS8524
}
