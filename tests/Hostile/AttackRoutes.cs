namespace Gateway.Tests;

/// <summary>The routes hostile requests assume: one folder for anybody, one to read, one to administer, and wallets.</summary>
public static class AttackRoutes
{
    /// <summary>A routes file with one upstream.</summary>
    public static string For(string upstream) =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "public": { "ClusterId": "up", "Match": { "Path": "/public/{**rest}" }, "Metadata": { "Access": "anonymous" } },
                  "read": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/read/{**rest}" },
                    "Metadata": { "Permissions": "read", "Wallet": "any" }
                  },
                  "admin": { "ClusterId": "up", "Match": { "Path": "/v1/admin/{**rest}" }, "Metadata": { "Permissions": "admin" } },
                  "wallets": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/wallets/{walletId}/{**rest}" },
                    "Metadata": { "Permissions": "wallets:read", "Wallet": "{walletId}" }
                  }
                },
                "Clusters": { "up": { "Destinations": { "one": { "Address": "{{upstream}}" } } } }
              }
            }
            """;
}
