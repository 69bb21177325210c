using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>A store with the keys hostile requests are sent with.</summary>
public sealed class AttackKeys : IAsyncDisposable
{
    private AttackKeys(TestStore store) => Store = store;

    /// <summary>The store.</summary>
    public TestStore Store { get; }

    /// <summary>Secrets by name.</summary>
    public Dictionary<string, string> Secrets { get; } = new(StringComparer.Ordinal);

    /// <summary>Names by key id.</summary>
    public Dictionary<string, string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes the store and the keys.</summary>
    public static async Task<AttackKeys> CreateAsync()
    {
        var keys = new AttackKeys(await TestStore.SqliteAsync());
        await keys.IssueAsync("KEY", k => k with { Permissions = ["*"] });
        await keys.IssueAsync(
            "LOWKEY",
            k =>
                k with
                {
                    Permissions = ["read", "wallets:read"],
                    WalletScope = WalletScope.Selected,
                    WalletBindings = [new("w1")],
                    AllowedIps = ["127.0.0.0/8", "::1"],
                }
        );
        // It lacks nothing but permissions: whatever else refuses a key has nothing against this one.
        await keys.IssueAsync(
            "READKEY",
            k => k with { Permissions = ["read", "wallets:read"], WalletScope = WalletScope.All }
        );
        await keys.IssueAsync("IPKEY", k => k with { Permissions = ["read"], AllowedIps = ["203.0.113.0/24"] });
        await keys.IssueAsync("EXPKEY", k => k with { ExpiresAt = k.CreatedAt.AddHours(-1) });
        await keys.IssueAsync("REVKEY", k => k with { RevokedAt = k.CreatedAt });
        return keys;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();

    private async Task IssueAsync(string name, Func<KeyRecord, KeyRecord> with)
    {
        var (key, secret) = await Store.IssueKeyAsync(with);
        Secrets[name] = secret;
        Names[key.Id] = name;
    }
}
