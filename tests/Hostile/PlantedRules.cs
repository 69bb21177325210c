using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Rules that can be taken out of a gateway that runs.</summary>
internal static class PlantedRules
{
    /// <summary>Each with a file whose requests must notice, and the request that is known to.</summary>
    public static readonly (EdgeRules Rule, string File, string Known)[] All =
    [
        (EdgeRules.Methods, "ours/methods", "METHODS-001"),
        (EdgeRules.Path, "published/path", "PATH-007"),
        (EdgeRules.Escapes, "ours/path", "PATHS-063"),
        (EdgeRules.Query, "ours/query", "QUERY-001"),
        (EdgeRules.Cookies, "ours/query", "QUERY-022"),
        (EdgeRules.Semantics, "ours/authorization", "CRED-001"),
        (EdgeRules.Semantics, "ours/limits", "LONG-013"),
        (EdgeRules.Text, "ours/limits", "LONG-021"),
        (EdgeRules.Reserved, "published/identity", "IDH-001"),
        (EdgeRules.Nominated, "ours/connection", "HOP2-010"),
        (EdgeRules.Upgrade, "ours/upgrades", "UPGRADE-017"),
        (EdgeRules.Credential, "published/leaks", "LEAK-001"),
        (EdgeRules.Length, "ours/limits", "LONG-035"),
        (EdgeRules.Mapped, "ours/addresses", "ADDR-029"),
        (EdgeRules.Proxied, "ours/proxy", "PROXY-013"),
        (EdgeRules.State, "published/authorization", "AUTH-059"),
        (EdgeRules.Environment, "ours/environments", "ENV-001"),
        (EdgeRules.Address, "published/addresses", "IP-001"),
        (EdgeRules.Permissions, "ours/permissions", "PERM-001"),
        (EdgeRules.Wallet, "published/wallets", "WAL-001"),
        (EdgeRules.WalletOnce, "ours/named-wallets", "NAMED-002"),
        (EdgeRules.WalletSemicolons, "ours/named-wallets", "NAMED-006"),
        (EdgeRules.WalletEscapes, "ours/named-wallets", "NAMED-029"),
        (EdgeRules.WalletSpelling, "ours/named-wallets", "NAMED-017"),
        (EdgeRules.WalletHeader, "ours/named-wallets", "NAMED-052"),
        (EdgeRules.WalletNominated, "ours/named-wallets", "NAMED-064"),
        (EdgeRules.WalletIds, "ours/named-wallets", "NAMED-067"),
        // Last: what it lets through may be half a request too much on a connection to the upstream.
        (EdgeRules.Framing, "ours/framing", "FRAME-001"),
    ];

    /// <summary>Takes a rule out, or puts all back in.</summary>
    public static void TakeOut(AttackLane lane, EdgeRules rule)
    {
        var services = lane.Gateway.Gateway.Services;
        services.GetRequiredService<RequestGuard>().Without = rule;
        services.GetRequiredService<Upstream>().Without = rule;
        services.GetRequiredService<ClientAddress>().Without = rule;
        services.GetRequiredService<ProxyProtocol>().Without = rule;
    }
}
