namespace Gateway;

/// <summary>
/// The rules by which a request is one thing only, and those by which it is let through. All are in force, and no setting
/// changes that: a test takes one out at a time (<see cref="RequestGuard.Without"/>, <see cref="Upstream.Without"/>,
/// <see cref="ClientAddress.Without"/>, <see cref="ProxyProtocol.Without"/>) to show that the hostile requests would find
/// it missing. They are looked at where a rule has already said no, so that they cost an honest request nothing.
/// </summary>
[Flags]
internal enum EdgeRules
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Methods that are served.</summary>
    Methods = 1 << 0,

    /// <summary>Paths that every reader reads alike.</summary>
    Path = 1 << 1,

    /// <summary>Escapes that a route must allow.</summary>
    Escapes = 1 << 2,

    /// <summary>Queries of visible characters, without credentials.</summary>
    Query = 1 << 3,

    /// <summary>Where the message ends.</summary>
    Framing = 1 << 4,

    /// <summary>One host, one credential, no expectation that cannot be met.</summary>
    Semantics = 1 << 5,

    /// <summary>Names and values that are text.</summary>
    Text = 1 << 6,

    /// <summary>Cookies without keys.</summary>
    Cookies = 1 << 7,

    /// <summary>Headers that only the gateway may state.</summary>
    Reserved = 1 << 8,

    /// <summary>Headers that <c>Connection</c> names.</summary>
    Nominated = 1 << 9,

    /// <summary>Upgrades to WebSocket only.</summary>
    Upgrade = 1 << 10,

    /// <summary>The credential ends here.</summary>
    Credential = 1 << 11,

    /// <summary>Bodies that are declared no larger than is read.</summary>
    Length = 1 << 12,

    /// <summary>The target is forwarded as it was judged.</summary>
    Target = 1 << 13,

    /// <summary>The upstream is told the client's address.</summary>
    Client = 1 << 14,

    /// <summary>An IPv4 address that is written as an IPv6 one is itself.</summary>
    Mapped = 1 << 15,

    /// <summary>A connection that must begin with a header of the PROXY protocol does.</summary>
    Proxied = 1 << 16,

    /// <summary>Keys that are over.</summary>
    State = 1 << 17,

    /// <summary>Environments a route takes.</summary>
    Environment = 1 << 18,

    /// <summary>Addresses a key may be used from.</summary>
    Address = 1 << 19,

    /// <summary>Permissions a route demands.</summary>
    Permissions = 1 << 20,

    /// <summary>Wallets a key is bound to.</summary>
    Wallet = 1 << 21,

    /// <summary>A wallet is named once.</summary>
    WalletOnce = 1 << 22,

    /// <summary>Semicolons end a parameter, too.</summary>
    WalletSemicolons = 1 << 23,

    /// <summary>A parameter's name that is escaped twice is the same.</summary>
    WalletEscapes = 1 << 24,

    /// <summary>Names of a parameter that some upstream takes for the one the route states.</summary>
    WalletSpelling = 1 << 25,

    /// <summary>A wallet's header that <c>Connection</c> names.</summary>
    WalletNominated = 1 << 26,

    /// <summary>What can be the id of a wallet.</summary>
    WalletIds = 1 << 27,

    /// <summary>Names of a header that some upstream takes for the one the route states.</summary>
    WalletHeader = 1 << 28,
}

/// <summary>Reads rules that were taken out.</summary>
internal static class RulesTakenOut
{
    /// <summary>Whether a rule is among them.</summary>
    public static bool Has(this EdgeRules without, EdgeRules rule) => (without & rule) is not EdgeRules.None;
}
