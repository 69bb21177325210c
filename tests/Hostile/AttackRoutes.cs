namespace Gateway.Tests;

/// <summary>The routes hostile requests assume: one folder for anybody, one to read, one to administer, one of an environment no key is
/// of, and wallets, which the path, the query or a header names.</summary>
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
                  "live": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/live/{**rest}" },
                    "Metadata": { "Permissions": "read", "Wallet": "any", "Environments": "production" }
                  },
                  "wallets": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/wallets/{walletId}/{**rest}" },
                    "Metadata": { "Permissions": "wallets:read", "Wallet": "{walletId}" }
                  },
                  "byQuery": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/by-query/{**rest}" },
                    "Metadata": { "Permissions": "wallets:read", "Wallet": "query:wallet" }
                  },
                  "byHeader": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/by-header/{**rest}" },
                    "Metadata": { "Permissions": "wallets:read", "Wallet": "header:X-Wallet" }
                  }
                },
                "Clusters": { "up": { "Destinations": { "one": { "Address": "{{upstream}}" } } } }
              }
            }
            """;
}
