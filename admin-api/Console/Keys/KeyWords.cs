using System.Globalization;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What a key may do, in words.</summary>
public static class KeyWords
{
    private const int Few = 2;

    /// <summary>Windows that a rate limit is chosen with, in seconds and words.</summary>
    public static IReadOnlyList<(int Seconds, string Words)> Windows { get; } =
    [(1, "a second"), (10, "10 seconds"), (60, "a minute"), (3600, "an hour"), (86400, "a day")];

    /// <summary>The same, and first the one that is set when it is another: the API takes any.</summary>
    public static IEnumerable<(int Seconds, string Words)> WindowsWith(string set) =>
        int.TryParse(set, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && Windows.All(w => w.Seconds != seconds)
            ? Windows.Prepend((seconds, $"{seconds} seconds"))
            : Windows;

    /// <summary>The first few grants and how many more there are.</summary>
    public static string Short(IReadOnlyList<string> grants) =>
        grants.Count == 0 ? "nothing"
        : grants is ["*"] ? "everything"
        : grants.Count <= Few + 1 ? string.Join(' ', grants)
        : $"{string.Join(' ', grants.Take(Few))} +{grants.Count - Few}";

    /// <summary>What it may do and what not, each as a list; grants are shown as they are written.</summary>
    public static (IReadOnlyList<string> May, IReadOnlyList<string> MayNot) Split(IReadOnlyList<string>? grants) =>
        (
            [.. (grants ?? []).Where(g => !g.StartsWith('!'))],
            [.. (grants ?? []).Where(g => g.StartsWith('!')).Select(g => g[1..])]
        );

    /// <summary>When it ends.</summary>
    public static string Until(DateTimeOffset? expiresAt, TimeZoneInfo zone) =>
        expiresAt is { } at ? "until " + TimeWords.ToMinute(at, zone) : "until it is revoked: it never expires";

    /// <summary>How often, such as "at most 100 requests a minute".</summary>
    public static string Limit(RateLimit limit)
    {
        var window =
            Windows.FirstOrDefault(w => w.Seconds == limit.WindowSeconds).Words ?? $"{limit.WindowSeconds} seconds";
        var requests = limit.Requests.ToString("N0", CultureInfo.InvariantCulture);
        return $"at most {requests} {(limit.Requests == 1 ? "request" : "requests")} in {window}";
    }

    /// <summary>An action of the audit log.</summary>
    public static string Action(string action) =>
        action switch
        {
            "key.create" => "Created",
            "key.update" => "Changed",
            "key.rotate" => "Rotated",
            "key.disable" => "Disabled",
            "key.enable" => "Enabled",
            "key.revoke" => "Revoked",
            "key.leak" => "Found in public",
            _ => action,
        };
}
