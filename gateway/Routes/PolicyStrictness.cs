namespace Gateway;

/// <summary>Compares what two routes demand. A policy is laxer than another when it lets through a request that the
/// other refuses.</summary>
internal static class PolicyStrictness
{
    /// <summary>Why <paramref name="policy"/> is laxer than <paramref name="strict"/>; null when it is not.</summary>
    /// <param name="policy">The policy that may be laxer.</param>
    /// <param name="strict">The policy it is held against.</param>
    /// <param name="environments">All configured environments: what a route without <c>Environments</c> takes.</param>
    public static string? WhyLaxer(RoutePolicy policy, RoutePolicy strict, IReadOnlyList<string> environments)
    {
        if (strict.Anonymous)
            return null;
        if (policy.Anonymous)
            return "needs no key";
        var missing = strict.Permissions.Except(policy.Permissions, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
            return $"does not need {string.Join(' ', missing)}";
        var more = environments.Where(e => policy.AllowsEnvironment(e) && !strict.AllowsEnvironment(e)).ToList();
        if (more.Count > 0)
            return $"takes keys of {string.Join(' ', more)}";
        return IsLaxer(policy.Wallet, strict.Wallet) ? $"judges wallets by {Words(policy.Wallet)}" : null;
    }

    // Without a rule, keys with selected wallets are refused, so that is the strictest; 'any' lets all of them through;
    // two rules that look in different places cannot be compared, and so neither is at least as strict.
    private static bool IsLaxer(WalletRule rule, WalletRule strict) =>
        rule != strict && rule.Source != WalletSource.None && strict.Source != WalletSource.Any;

    private static string Words(WalletRule rule) => $"'{rule}'";
}
