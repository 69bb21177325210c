using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Records to store.</summary>
internal static class Sample
{
    /// <summary>An instant with milliseconds, which both databases must give back.</summary>
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

    public static Account Account(string name = "Acme") =>
        new()
        {
            Id = Ids.New(Ids.Account, TimeProvider.System),
            Name = name,
            CreatedAt = Now,
            UpdatedAt = Now,
        };

    public static KeyRecord Key(Account account, string createdBy = "op_1")
    {
        var id = Ids.New(Ids.Key, TimeProvider.System);
        return new KeyRecord
        {
            Id = id,
            AccountId = account.Id,
            Name = "bot",
            KeyPrefix = "sk_test_aB3d",
            Hash = RandomNumberGenerator.GetBytes(32),
            Environment = "sandbox",
            LineId = id,
            CreatedBy = createdBy,
            CreatedAt = Now,
            UpdatedAt = Now,
        };
    }

    public static GatewayRow Gateway() =>
        new(
            Ids.Random(),
            "edge-1",
            "0.1.0",
            "abc",
            GatewayRow.Open,
            0,
            0,
            TimeSpan.FromSeconds(5),
            TimeSpan.FromSeconds(60),
            default,
            default
        );

    /// <summary>A route table of one route.</summary>
    public static PublishedRoutes Routes(string version, bool fileRefused = false) =>
        new(
            version,
            fileRefused,
            1,
            [
                new PublishedRoute
                {
                    Id = "read",
                    Path = "/v1/{**rest}",
                    Permissions = ["tokens:read"],
                    Clusters = ["up"],
                },
            ]
        );

    /// <summary>Stores an account.</summary>
    public static async Task<Account> AddAccountAsync(this TestStore store, Account? account = null)
    {
        account ??= Account();
        await store.Database.WriteAsync(s => s.InsertAccountAsync(account));
        return account;
    }

    /// <summary>Stores many keys at once, called "bot 1" and so on.</summary>
    public static Task AddKeysAsync(this Database database, Account account, int count) =>
        database.WriteAsync(async session =>
        {
            for (var number = 1; number <= count; number++)
                await session.InsertKeyAsync(Key(account) with { Name = $"bot {number}" });
        });

    /// <summary>Stores a key and its change, as the admin API does.</summary>
    public static async Task<KeyRecord> AddKeyAsync(this TestStore store, KeyRecord key)
    {
        await store.Database.WriteAsync(async s =>
        {
            await s.InsertKeyAsync(key);
            await s.AppendChangeAsync(ChangeKinds.KeyCreated, key.AccountId, key);
        });
        return key;
    }
}
