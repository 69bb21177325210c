using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>Whether an account may make and rotate keys.</summary>
public static class Eligibility
{
    /// <summary>Every reason why not; none when it may.</summary>
    public static Task<IReadOnlyList<Reason>> EvaluateAsync(
        Session session,
        Account account,
        EligibilityOptions options,
        CancellationToken ct = default
    )
    {
        IReadOnlyList<Reason> reasons =
            options.Demands(EligibilityOptions.ApiKeysEnabled) && !account.ApiKeysEnabled
                ? [new Reason("API_KEYS_NOT_ENABLED", "API keys are not enabled for this account.")]
                : [];
        return Task.FromResult(reasons);
    }
}
