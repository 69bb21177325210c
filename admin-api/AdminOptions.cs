using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>Settings under <c>Admin</c>.</summary>
public sealed class AdminOptions
{
    /// <summary>The first operator's bearer token; empty for none, once named operators exist. A secret.</summary>
    public string OperatorToken { get; set; } = "";

    /// <summary>Whether keys may call the admin API for their own account.</summary>
    public bool KeyActors { get; set; } = true;

    /// <summary>Addresses and CIDRs of the proxies in front (the gateway's own, say); none is trusted by default.
    /// Only their forwarding header and request id are believed.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>The one header trusted proxies name the client in: <c>X-Forwarded-For</c> or <c>Forwarded</c>.</summary>
    public string ClientAddressHeader { get; set; } = "X-Forwarded-For";

    /// <summary>The pages people manage keys on.</summary>
    public ConsoleOptions Console { get; set; } = new();

    /// <summary>The identity provider people sign in to the console by.</summary>
    public OidcOptions Oidc { get; set; } = new();

    /// <summary>A folder for the keys that protect the console's forms and sign-ins on their way; several admin processes
    /// share it. Not set: each process makes its own at start, and a form that was open before is asked to be confirmed.</summary>
    public string? DataProtectionPath { get; set; }

    internal ForwardedHeader ForwardedHeader =>
        ClientAddressHeader == "Forwarded" ? ForwardedHeader.Forwarded : ForwardedHeader.XForwardedFor;

    /// <summary>Adds a line for each setting that cannot be used.</summary>
    public void Validate(ICollection<string> problems)
    {
        Console.Validate(problems);
        Oidc.Validate(Console, problems);
        if (ClientAddressHeader is not ("X-Forwarded-For" or "Forwarded"))
            problems.Add("Admin:ClientAddressHeader must be 'X-Forwarded-For' or 'Forwarded'.");
        if (OperatorToken.Any(c => c is <= ' ' or > '~'))
            problems.Add("Admin:OperatorToken must be visible ASCII characters: it is sent in a header.");
    }
}

/// <summary>Settings under <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>Days audit entries are kept.</summary>
    public int KeepDays { get; set; } = 365;
}

/// <summary>Settings under <c>Usage</c>.</summary>
public sealed class UsageOptions
{
    /// <summary>Days hourly counts are kept.</summary>
    public int KeepDays { get; set; } = 90;
}
