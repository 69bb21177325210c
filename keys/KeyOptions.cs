namespace Gateway.Keys;

/// <summary>Settings under <c>Keys</c>, the same for gateway and admin API.</summary>
public sealed class KeyOptions
{
    /// <summary>Environments by name. Left empty: <c>sandbox</c> (<c>sk_test_</c>, devnet) and <c>production</c>
    /// (<c>sk_live_</c>, mainnet-beta).</summary>
    public Dictionary<string, EnvironmentOptions> Environments { get; set; } = [];

    /// <summary>Grants of a key that has neither permissions nor a role.</summary>
    public List<string> DefaultPermissions { get; set; } = [];

    /// <summary>Peppers, newest first: keys are made under the first and accepted under all. Secrets: keep them
    /// outside the database.</summary>
    public List<PepperOptions> Peppers { get; set; } = [];

    /// <summary>Refuse keys that were hashed without a pepper.</summary>
    public bool RequirePepper { get; set; }

    /// <summary>The most <see cref="MaxActivePerAccount"/> may be: an account's active keys are counted, as far as its
    /// limit, whenever one is made, and counting a million takes a quarter of a second.</summary>
    public const int MostActivePerAccount = 1_000_000;

    /// <summary>Active keys an account may have unless it has a limit of its own.</summary>
    public int MaxActivePerAccount { get; set; } = 10;
}

/// <summary>One environment.</summary>
public sealed class EnvironmentOptions
{
    /// <summary>What its keys begin with: at most 16 bytes of <c>[a-z0-9_]</c>, ending in <c>_</c>; none is the
    /// beginning of another.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Label that is forwarded as <c>X-Gateway-Network</c>; null for none.</summary>
    public string? Network { get; set; }
}

/// <summary>One pepper: a secret that is mixed into hashes.</summary>
public sealed class PepperOptions
{
    /// <summary>Name that records carry: 1 to 32 of <c>[A-Za-z0-9_-]</c>.</summary>
    public string Id { get; set; } = "";

    /// <summary>At least 32 bytes, base64.</summary>
    public string Secret { get; set; } = "";
}

/// <summary>Settings under <c>Store</c>.</summary>
public sealed class StoreOptions
{
    /// <summary><c>sqlite</c> (one file, one machine) or <c>postgres</c> (a fleet).</summary>
    public string Provider { get; set; } = "sqlite";

    /// <summary>ADO.NET connection string of the provider.</summary>
    public string ConnectionString { get; set; } = "Data Source=data/gateway.db";
}
