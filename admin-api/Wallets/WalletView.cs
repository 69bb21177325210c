using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>A wallet as the API shows it.</summary>
/// <param name="Id">Unique within the account; an external wallet's id is its address.</param>
/// <param name="AccountId">The account it belongs to.</param>
/// <param name="Kind">How it is held.</param>
/// <param name="Label">For people; null for none.</param>
/// <param name="CreatedAt">When it was linked.</param>
public sealed record WalletView(string Id, string AccountId, WalletKind Kind, string? Label, DateTimeOffset CreatedAt)
{
    /// <summary>The view of a record.</summary>
    public static WalletView Of(Wallet wallet) =>
        new(wallet.Id, wallet.AccountId, wallet.Kind, wallet.Label, wallet.CreatedAt);
}

/// <summary>What writes about one wallet answer.</summary>
/// <param name="Wallet">The wallet.</param>
public sealed record WalletAnswer(WalletView Wallet) : Answer;
