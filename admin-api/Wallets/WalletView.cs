using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>A wallet as the API shows it.</summary>
/// <param name="Id">Unique within the account; an external wallet's id is its address.</param>
/// <param name="AccountId">The account it belongs to.</param>
/// <param name="Kind">How it is held.</param>
/// <param name="Label">For people; null for none.</param>
/// <param name="CreatedAt">When it was linked.</param>
/// <param name="ProvenAt">When its owner proved it by a signature; null when an operator registered it.</param>
public sealed record WalletView(
    string Id,
    string AccountId,
    WalletKind Kind,
    string? Label,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ProvenAt
)
{
    /// <summary>The view of a record.</summary>
    public static WalletView Of(Wallet wallet) =>
        new(wallet.Id, wallet.AccountId, wallet.Kind, wallet.Label, wallet.CreatedAt, wallet.ProvenAt);
}

/// <summary>What writes about one wallet answer.</summary>
/// <param name="Wallet">The wallet.</param>
public sealed record WalletAnswer(WalletView Wallet) : Answer;
