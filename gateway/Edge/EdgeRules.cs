namespace Gateway;

/// <summary>
/// The rules by which a request is one thing only. All are in force, and no setting changes that: a test takes one out at
/// a time (<see cref="RequestGuard.Without"/>, <see cref="Upstream.Without"/>) to show that the hostile requests would find
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
}
