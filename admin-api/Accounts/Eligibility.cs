using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// Whether an account may make and rotate keys, by the rules that are configured. Existing keys are not touched when an
/// account stops being eligible: only suspension stops them.
/// </summary>
public static class Eligibility
{
    /// <summary>Code of the rule <see cref="EligibilityOptions.ApiKeysEnabled"/>.</summary>
    public const string ApiKeysNotEnabled = "API_KEYS_NOT_ENABLED";

    /// <summary>Code of the rule <see cref="EligibilityOptions.ExternalWalletLinked"/>.</summary>
    public const string ExternalWalletRequired = "EXTERNAL_WALLET_REQUIRED";

    /// <summary>Every reason why not; none when it may.</summary>
    public static async Task<IReadOnlyList<Reason>> EvaluateAsync(
        Session session,
        Account account,
        EligibilityOptions options,
        CancellationToken ct = default
    )
    {
        var reasons = new List<Reason>();
        if (options.Demands(EligibilityOptions.ApiKeysEnabled) && !account.ApiKeysEnabled)
            reasons.Add(new(ApiKeysNotEnabled, "API keys are not enabled for this account: " + Ask(options)));
        var needsWallet = options.Demands(EligibilityOptions.ExternalWalletLinked);
        if (needsWallet && !await session.HasExternalWalletAsync(account.Id, ct))
            reasons.Add(
                new(
                    ExternalWalletRequired,
                    "Link an external wallet first: a Solana wallet whose key you hold yourself. Embedded and custodial "
                        + "wallets do not count. If you cannot: "
                        + Ask(options)
                )
            );
        return reasons;
    }

    /// <summary>Refuses an account that may not, with every reason.</summary>
    public static async Task<Problem?> RefuseAsync(Session session, Account account, EligibilityOptions options) =>
        await EvaluateAsync(session, account, options) is { Count: > 0 } reasons
            ? Problems.NotEligible(reasons, options.Contact)
            : null;

    private static string Ask(EligibilityOptions options) =>
        string.IsNullOrEmpty(options.Contact) ? "contact the operator." : $"contact {options.Contact}.";
}
