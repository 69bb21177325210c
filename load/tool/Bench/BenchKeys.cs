using System.Runtime.InteropServices;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>Keys to judge.</summary>
internal static class BenchKeys
{
    /// <summary>A record that is good, of the production environment.</summary>
    public static KeyRecord Record(string accountId, string[]? addresses, string[] permissions)
    {
        var id = Ids.New(Ids.Key, TimeProvider.System);
        var now = TimeProvider.System.Now();
        return new KeyRecord
        {
            Id = id,
            AccountId = accountId,
            Name = "Bench",
            KeyPrefix = "",
            Hash = [],
            Environment = "production",
            Permissions = permissions,
            AllowedIps = addresses,
            LineId = id,
            CreatedBy = "op_bench",
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    /// <summary>So many ranges, none of which touches another: a /30 of each /24.</summary>
    public static string[] Addresses(int count) =>
        [.. Enumerable.Range(0, count).Select(i => $"10.{i >> 8}.{i & 255}.0/30")];

    /// <summary>The same as the cache holds it.</summary>
    public static CachedKey Compile(KeyRecord record)
    {
        var options = new KeyOptions();
        new KeyFormat(options).TryGetEnvironment(record.Environment, out var environment);
        return new CachedKey(
            new KeyFacts(record, false),
            new Roles(new Dictionary<string, string[]>(StringComparer.Ordinal)),
            options,
            environment!
        );
    }

    /// <summary>What the cache finds a credential by.</summary>
    public static void Index(string credential, Span<char> index) =>
        KeyIndex.Compute(credential, MemoryMarshal.AsBytes(index));
}
