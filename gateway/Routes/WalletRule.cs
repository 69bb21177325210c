namespace Gateway;

/// <summary>Where a request names the wallet it is about.</summary>
public enum WalletSource
{
    /// <summary>The route says nothing: keys with <c>selected</c> wallets are refused.</summary>
    None,

    /// <summary>The upstream judges, from <c>X-Gateway-Wallets</c>: keys with <c>selected</c> wallets pass.</summary>
    Any,

    /// <summary>A value of the path.</summary>
    RouteValue,

    /// <summary>A query parameter.</summary>
    Query,

    /// <summary>A request header.</summary>
    Header,
}

/// <summary>How a route judges wallets: <c>Wallet</c> in its metadata.</summary>
/// <param name="Source">Where the wallet is named.</param>
/// <param name="Name">Name of the route value, query parameter or header; empty for the other sources.</param>
public sealed record WalletRule(WalletSource Source, string Name = "")
{
    /// <summary>The rule of a route without <c>Wallet</c>.</summary>
    public static WalletRule None { get; } = new(WalletSource.None);

    /// <summary>As the routes file writes it; empty for none.</summary>
    public override string ToString() =>
        Source switch
        {
            WalletSource.Any => "any",
            WalletSource.RouteValue => $"{{{Name}}}",
            WalletSource.Query => $"query:{Name}",
            WalletSource.Header => $"header:{Name}",
            _ => "",
        };
}
