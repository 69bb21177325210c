using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>A SQLite store of some keys, all alike, and the list of them that the other proxies load.</summary>
internal static class CompareStore
{
    private const int Keys = 1_000;

    // A transaction takes a second at most.
    private const int KeysAtOnce = 100;

    /// <summary>The one permission the route demands.</summary>
    public const string Permission = "read";

    /// <summary>Where keys may be used from.</summary>
    public const string Range = "127.0.0.0/8";

    /// <summary>Makes it.</summary>
    /// <param name="folder">Gets <c>gateway.db</c> and <c>keys.map</c>: SHA-256 in hexadecimal, a space, the key's id.</param>
    /// <returns>The secret of one of the keys.</returns>
    public static async Task<string> MakeAsync(string folder)
    {
        var options = new StoreOptions { Provider = "sqlite", ConnectionString = ConnectionString(folder) };
        await using var database = Database.Create(options);
        await Migrator.MigrateAsync(database);
        var format = new KeyFormat(new KeyOptions());
        format.TryGetEnvironment("production", out var environment);
        var hasher = new KeyHasher(new KeyOptions());
        var account = new Account
        {
            Id = Ids.New(Ids.Account, TimeProvider.System),
            Name = "Compare",
            ApiKeysEnabled = true,
            CreatedAt = TimeProvider.System.Now(),
            UpdatedAt = TimeProvider.System.Now(),
        };
        await using var map = File.CreateText(Path.Combine(folder, "keys.map"));
        var secret = "";
        await database.WriteAsync(session => session.InsertAccountAsync(account));
        foreach (var some in Enumerable.Range(0, Keys).Chunk(KeysAtOnce))
        {
            await database.WriteAsync(async session =>
            {
                foreach (var _ in some)
                {
                    secret = format.Generate(environment!);
                    var key = Key(account, secret, format, hasher);
                    await session.InsertKeyAsync(key);
                    await session.AppendChangeAsync(ChangeKinds.KeyCreated, account.Id, key);
                    await map.WriteLineAsync($"{Convert.ToHexString(key.Hash)} {key.Id}");
                }
            });
        }
        return secret;
    }

    /// <summary>How the gateway finds it.</summary>
    public static string ConnectionString(string folder) => $"Data Source={Path.Combine(folder, "gateway.db")}";

    private static KeyRecord Key(Account account, string secret, KeyFormat format, KeyHasher hasher)
    {
        var (hash, pepper) = hasher.HashNew(secret);
        var id = Ids.New(Ids.Key, TimeProvider.System);
        return new KeyRecord
        {
            Id = id,
            AccountId = account.Id,
            Name = "Compare",
            KeyPrefix = format.DisplayPrefix(secret),
            Hash = hash,
            PepperId = pepper,
            Environment = "production",
            Permissions = [Permission],
            AllowedIps = [Range],
            LineId = id,
            CreatedBy = "op_compare",
            CreatedAt = account.CreatedAt,
            UpdatedAt = account.CreatedAt,
        };
    }
}
