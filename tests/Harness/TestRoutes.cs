namespace Gateway.Tests;

/// <summary>The routes most tests use: those the hostile requests assume, and a few more.</summary>
public static class TestRoutes
{
    /// <summary>A routes file with one upstream.</summary>
    /// <param name="upstream">Serves every cluster.</param>
    /// <param name="more">Further routes: members of <c>Routes</c>, each beginning with a comma.</param>
    public static string For(RecordingUpstream upstream, string more = "") => For(upstream.Address, more);

    /// <summary>A routes file with one upstream.</summary>
    public static string For(string upstream, string more = "") =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "public": { "ClusterId": "up", "Match": { "Path": "/public/{**rest}" }, "Metadata": { "Access": "anonymous" } },
                  "read": { "ClusterId": "up", "Match": { "Path": "/v1/read/{**rest}" }, "Metadata": { "Permissions": "read" } },
                  "admin": { "ClusterId": "up", "Match": { "Path": "/v1/admin/{**rest}" }, "Metadata": { "Permissions": "admin" } },
                  "wallets": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/wallets/{walletId}/{**rest}" },
                    "Metadata": { "Permissions": "wallets:read", "Wallet": "{walletId}" }
                  },
                  "any-key": { "ClusterId": "up", "Match": { "Path": "/any/{**rest}" }, "Metadata": { "Access": "key", "Wallet": "any" } },
                  "production": {
                    "ClusterId": "up",
                    "Match": { "Path": "/production/{**rest}" },
                    "Metadata": { "Access": "key", "Environments": "production" }
                  },
                  "posted": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/posted/{**rest}", "Methods": [ "POST" ] },
                    "Metadata": { "Permissions": "write" }
                  }{{more}}
                },
                "Clusters": { "up": { "Destinations": { "one": { "Address": "{{upstream}}" } } } }
              }
            }
            """;
}
