namespace Gateway.Keys;

/// <summary>
/// Why a request was not forwarded. <see cref="Denials"/> is the one table from a reason to status, code, text and
/// challenge; docs, metrics, logs and tests read the same table.
/// </summary>
public enum DenyReason
{
    /// <summary>The request can be read in more than one way.</summary>
    BadRequest,

    /// <summary>A method nobody serves, or one this path does not take.</summary>
    MethodNotAllowed,

    /// <summary>No route matches; the upstream never hears of it.</summary>
    NoRoute,

    /// <summary>No credential was presented.</summary>
    Unauthorized,

    /// <summary>Not one of our keys.</summary>
    InvalidApiKey,

    /// <summary>Revoked, for good.</summary>
    RevokedApiKey,

    /// <summary>Switched off.</summary>
    DisabledApiKey,

    /// <summary>Past its expiry or its rotation deadline.</summary>
    ExpiredApiKey,

    /// <summary>The account's keys are stopped.</summary>
    AccountSuspended,

    /// <summary>The key is of an environment the route does not take.</summary>
    EnvironmentNotAllowed,

    /// <summary>The client's address is not among the key's.</summary>
    IpNotAllowed,

    /// <summary>The key lacks a permission the route demands.</summary>
    InsufficientPermissions,

    /// <summary>The key is not bound to the wallet the request names.</summary>
    WalletNotAllowed,

    /// <summary>The key's rate limit is used up.</summary>
    RateLimited,

    /// <summary>Not a verdict on the key: it could not be decided.</summary>
    VerificationUnavailable,

    /// <summary>The body is larger than the gateway takes.</summary>
    PayloadTooLarge,

    /// <summary>The upstream could not be reached or answered nonsense.</summary>
    UpstreamUnavailable,

    /// <summary>The upstream did not answer in time.</summary>
    UpstreamTimeout,

    /// <summary>Not a verdict on the request: there is no room for one more that needs no key.</summary>
    Overloaded,
}
