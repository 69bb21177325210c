namespace Gateway.Admin;

/// <summary>Settings under <c>Eligibility</c>: what an account must have before it may make or rotate keys.</summary>
public sealed class EligibilityOptions
{
    /// <summary>Name of the rule that an operator has enabled API keys for the account.</summary>
    public const string ApiKeysEnabled = "ApiKeysEnabled";

    /// <summary>Name of the rule that the account has linked an external wallet.</summary>
    public const string ExternalWalletLinked = "ExternalWalletLinked";

    /// <summary>
    /// The rules in force. Not set: <c>ApiKeysEnabled</c> alone, so that a first start needs no wallet, and an account
    /// nobody enabled makes no keys. Set to the empty list: none.
    /// </summary>
    public string[]? Rules { get; set; }

    /// <summary>Whom to ask, named in every reason: an e-mail address or a page.</summary>
    public string? Contact { get; set; }

    /// <summary>Host (and port) of the page people sign on, as wallets show it and compare it with the page.</summary>
    public string Domain { get; set; } = "localhost";

    /// <summary>The page people sign on; null for <c>https://</c> and the domain.</summary>
    public string? Uri { get; set; }

    /// <summary>Solana's name of the chain that wallets show: <c>mainnet</c>, <c>devnet</c>, <c>testnet</c>.</summary>
    public string ChainId { get; set; } = "mainnet";

    internal string SignInUri => Uri ?? "https://" + Domain;

    internal bool Demands(string rule) => (Rules ?? [ApiKeysEnabled]).Contains(rule, StringComparer.Ordinal);

    /// <summary>Adds a line for each setting that cannot be used.</summary>
    public void Validate(ICollection<string> problems)
    {
        foreach (var rule in Rules ?? [])
            if (rule is not (ApiKeysEnabled or ExternalWalletLinked))
                problems.Add(
                    $"Eligibility:Rules: '{rule}' is not a rule; there are {ApiKeysEnabled} and {ExternalWalletLinked}."
                );
        // These go into a message of lines, where a line break would let one value write another's line.
        OneLine("Domain", Domain, problems);
        OneLine("Uri", SignInUri, problems);
        OneLine("ChainId", ChainId, problems);
        if (!System.Uri.TryCreate("https://" + Domain, UriKind.Absolute, out var page) || page.Authority != Domain)
            problems.Add("Eligibility:Domain must be a host, with a port or without, in lower case.");
        if (!System.Uri.TryCreate(SignInUri, UriKind.Absolute, out _))
            problems.Add("Eligibility:Uri must be an absolute URI.");
    }

    private static void OneLine(string name, string value, ICollection<string> problems)
    {
        if (value.Length is 0 or > 200 || value.Any(c => c is <= ' ' or > '~'))
            problems.Add($"Eligibility:{name} must be 1 to 200 visible ASCII characters.");
    }
}
