namespace Gateway.Admin;

/// <summary>The groups operations are listed in.</summary>
public static class Tags
{
    /// <summary>Issue, change, rotate and revoke keys.</summary>
    public const string Keys = "API keys";

    /// <summary>The tenants that own keys.</summary>
    public const string Accounts = "Accounts";

    /// <summary>The wallets keys act for.</summary>
    public const string Wallets = "Wallets";

    /// <summary>Who may sign in to an account.</summary>
    public const string People = "People";

    /// <summary>Who runs the deployment.</summary>
    public const string Operators = "Operators";

    /// <summary>Who did what.</summary>
    public const string Audit = "Audit";

    /// <summary>Where changes are in force.</summary>
    public const string Fleet = "Fleet";

    /// <summary>Keys that others know.</summary>
    public const string Leaks = "Leaks";

    /// <summary>Each with what it is for.</summary>
    public static IReadOnlyList<(string Name, string Description)> All { get; } =
    [
        (Keys, "Issue, list, change, rotate, disable and revoke API keys."),
        (Accounts, "The tenants that own keys: limits, suspension, eligibility. For operators."),
        (Wallets, "Link wallets by signature, list and unlink them; keys are bound to wallets."),
        (People, "Who is invited to sign in to an account."),
        (Operators, "Who runs the deployment. For operators."),
        (Audit, "Who did what, when and from where."),
        (Leaks, "Reports of keys that were found in public, and revocation by whoever holds a key."),
        (Fleet, "The gateways, and the receipts that tell where a change is in force."),
    ];
}
