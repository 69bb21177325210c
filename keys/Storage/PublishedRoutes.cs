using System.Security.Cryptography;
using System.Text.Json;

namespace Gateway.Keys.Storage;

/// <summary>
/// The route table of one gateway as it tells it, for people: what is asked of a request, and nothing of where requests go
/// but the clusters' names. No address and no header value is in it, for either may hold a credential.
/// </summary>
/// <param name="Version">16 hexadecimal digits over all of its routes: gateways that say the same demand the same.</param>
/// <param name="FileRefused">Whether the routes file as it lies there is not what is served, because it cannot be.</param>
/// <param name="Total">How many routes there are.</param>
/// <param name="Routes">The first of them, as many as there is room for (<see cref="MaxBytes"/>).</param>
public sealed record PublishedRoutes(string Version, bool FileRefused, int Total, IReadOnlyList<PublishedRoute> Routes)
{
    /// <summary>Bytes of the table as it is stored: some 1,500 routes of usual length. Each running gateway keeps one in the
    /// store, and a fleet of a hundred is not to take more than 50 MB there. The tables' check says the same.</summary>
    public const int MaxBytes = 512 * 1024;

    // A mistake is to be noticed, not an attack repelled: 64 bits are plenty and can be read out over the phone.
    private const int HexDigits = 16;

    // The brackets, and what goes before the list.
    private const int Overhead = 64;

    /// <summary>That of some routes.</summary>
    public static PublishedRoutes Of(IReadOnlyList<PublishedRoute> routes, bool fileRefused)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (bytes, kept) = (Overhead, 0);
        var isFull = false;
        foreach (var route in routes)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(route);
            hash.AppendData(json);
            hash.AppendData("\n"u8);
            isFull = isFull || bytes + json.Length + 1 > MaxBytes;
            if (isFull)
                continue;
            bytes += json.Length + 1;
            kept++;
        }
        var version = Convert.ToHexStringLower(hash.GetHashAndReset())[..HexDigits];
        return new PublishedRoutes(version, fileRefused, routes.Count, [.. routes.Take(kept)]);
    }

    /// <summary>The routes as they are stored.</summary>
    internal string ToJson() => JsonSerializer.Serialize(new Stored { Total = Total, Routes = [.. Routes] });

    /// <summary>Reads them; null when whoever wrote them wrote something else.</summary>
    internal static PublishedRoutes? Read(string version, bool fileRefused, string json)
    {
        try
        {
            var stored = JsonSerializer.Deserialize<Stored>(json);
            return stored?.Routes is { } routes && !routes.Contains(null!)
                ? new PublishedRoutes(version, fileRefused, stored.Total, routes)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed class Stored
    {
        public int Total { get; set; }
        public List<PublishedRoute> Routes { get; set; } = [];
    }
}

/// <summary>What one route demands.</summary>
public sealed record PublishedRoute
{
    /// <summary>Id.</summary>
    public string Id { get; init; } = "";

    /// <summary>Path pattern; null for any.</summary>
    public string? Path { get; init; }

    /// <summary>Methods; empty for any.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Hosts; empty for any.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Headers and query parameters it is chosen by: their names, not their values.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];

    /// <summary>Precedence, where it is stated.</summary>
    public int? Order { get; init; }

    /// <summary>Whether it takes requests without a key.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Permissions that are all needed; empty: any valid key.</summary>
    public IReadOnlyList<string> Permissions { get; init; } = [];

    /// <summary>Environments whose keys are taken; null for any.</summary>
    public IReadOnlyList<string>? Environments { get; init; }

    /// <summary>How wallets are judged, as the routes file writes it; empty: keys of selected wallets are refused.</summary>
    public string Wallet { get; init; } = "";

    /// <summary>Names of the clusters, as <c>cluster</c> or, by the key's environment, <c>environment:cluster</c>.</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];

    /// <summary>How long past its lease the gateway honours a cached accept here, such as <c>2s</c>; empty where no key is
    /// needed.</summary>
    public string MaxStaleness { get; init; } = "";

    /// <summary>Whether the key is passed on to the upstream.</summary>
    public bool ForwardsCredential { get; init; }
}
