using System.Security.Cryptography;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Keys with a past, which nobody could make today.</summary>
internal sealed class SceneKeys(Account account, DateTimeOffset now)
{
    private const string LongName =
        "The name of a key as somebody writes it who wants to have everything in the name, one hundred long";

    /// <summary>Two that are used.</summary>
    public IEnumerable<KeyRecord> InUse() =>
        [
            Sandbox(LongName, "sk_test_Zz9a") with
            {
                Permissions = ["marketplace.take-claw-bid", "vm.buy.crypto", "tokens:read", "payments:*"],
                AllowedIps = ["203.0.113.0/24", "2001:db8:1234:5678::/64"],
            },
            Production("Payout bot", "sk_live_0LpQ", "api_developer") with
            {
                WalletScope = WalletScope.Selected,
                WalletBindings = [new("treasury"), new(Scene.LongWallet, ["wallets:read"])],
                ExpiresAt = now.AddDays(4),
            },
        ];

    /// <summary>One in its grace period, and its successor.</summary>
    public (KeyRecord Rotated, KeyRecord Successor) Rotated()
    {
        var successor = Production("Ledger import", "sk_live_Qm2x", "api_readonly");
        var rotated = Production("Ledger import", "sk_live_9fGh", "api_readonly") with
        {
            RotatedTo = successor.Id,
            RotationDeadline = now.AddHours(23),
        };
        return (rotated, successor with { RotatedFrom = rotated.Id, LineId = rotated.Id });
    }

    /// <summary>One that is off and one that is over.</summary>
    public IEnumerable<KeyRecord> AtRest() =>
        [
            Sandbox("Nightly report", "sk_test_Ab1c") with
            {
                Role = "api_readonly",
                DisabledAt = now.AddDays(-2),
            },
            Sandbox("Load test", "sk_test_Xy7k") with
            {
                Role = "api_admin",
                ExpiresAt = now.AddDays(-30),
            },
        ];

    /// <summary>One that has ended.</summary>
    public KeyRecord Revoked() =>
        Production("Leaked in a gist", "sk_live_Bad0", "api_admin") with
        {
            RevokedAt = now.AddDays(-9),
            RevokedBy = "op_configured",
        };

    private KeyRecord Sandbox(string name, string prefix) =>
        Sample.Key(account) with
        {
            Name = name,
            KeyPrefix = prefix,
            Hash = RandomNumberGenerator.GetBytes(32),
            CreatedAt = now.AddDays(-200),
            UpdatedAt = now.AddDays(-9),
        };

    private KeyRecord Production(string name, string prefix, string role) =>
        Sandbox(name, prefix) with
        {
            Environment = "production",
            Role = role,
        };
}
