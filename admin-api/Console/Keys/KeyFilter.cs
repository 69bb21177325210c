using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>Which keys the table shows, as the address says. What cannot be read filters nothing.</summary>
/// <param name="Status">One of the statuses, <c>all</c>, or <c>current</c>: neither revoked nor expired.</param>
/// <param name="Environment">One environment; empty for all.</param>
/// <param name="Search">Part of a name, or how a key begins; empty for all.</param>
/// <param name="After">Cursor; null for the first page.</param>
public sealed record KeyFilter(string Status, string Environment, string Search, string? After)
{
    /// <summary>What is shown unless something else is asked for.</summary>
    public const string Current = "current";

    private const string All = "all";
    private const int PageSize = 50;
    private const int MaxLength = 100;

    /// <summary>What can be chosen: value and words.</summary>
    public static IReadOnlyList<(string Value, string Words)> Statuses { get; } =
    [
        (Current, "Current"),
        .. Enum.GetValues<KeyStatus>().Select(s => (s.ToString().ToLowerInvariant(), s.ToString())),
        (All, "All"),
    ];

    /// <summary>Whether anything narrows the table.</summary>
    public bool IsSet => Status != Current || Environment.Length > 0 || Search.Length > 0;

    /// <summary>Whether a key and the secret it replaces are both asked for.</summary>
    public bool ShowsPairs => Status is Current or All || Status == nameof(KeyStatus.Active).ToLowerInvariant();

    /// <summary>Reads it.</summary>
    public static KeyFilter Read(IQueryCollection query)
    {
        var status = Text(query, "status");
        return new KeyFilter(
            Statuses.Any(s => s.Value == status) ? status : Current,
            Text(query, "environment"),
            Text(query, "q"),
            Text(query, "after") is { Length: > 0 } after ? after : null
        );
    }

    /// <summary>The same for the store.</summary>
    public KeyQuery ToQuery() =>
        new(
            Enum.TryParse<KeyStatus>(Status, ignoreCase: true, out var status) ? status : null,
            Environment.Length == 0 ? null : Environment,
            Prefix: null,
            PageSize,
            After,
            Status == Current,
            Search.Length == 0 ? null : Search
        );

    /// <summary>The address of the next page.</summary>
    public string Next(string path, string after) =>
        $"{path}?status={Status}&environment={Uri.EscapeDataString(Environment)}&q={Uri.EscapeDataString(Search)}&after={after}";

    private static string Text(IQueryCollection query, string name)
    {
        var text = query[name].ToString().Trim();
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }
}
