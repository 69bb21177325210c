using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>
/// One thing a route wants of a request's headers or query before it is chosen. Two conditions are the same when they
/// ask the same; their order among a route's conditions does not matter.
/// </summary>
/// <param name="Subject">What it is about, such as <c>header x-tier</c>; names have no case in YARP's matching.</param>
/// <param name="Test">What is asked, in one text, for comparing.</param>
/// <param name="NeedsPresence">Leaving the subject out fails the condition. The others (<c>NotExists</c>,
/// <c>NotContains</c>) hold when it is left out and fail on something sent.</param>
internal sealed record RouteCondition(string Subject, string Test, bool NeedsPresence)
{
    /// <summary>All conditions of a route, sorted.</summary>
    public static RouteCondition[] Read(RouteMatch match) =>
        [
            .. (match.Headers ?? [])
                .Select(h => Make("header", h.Name, h.Mode.ToString(), h.Values, h.IsCaseSensitive))
                .Concat(
                    (match.QueryParameters ?? []).Select(q =>
                        Make("query parameter", q.Name, q.Mode.ToString(), q.Values, q.IsCaseSensitive)
                    )
                )
                .Distinct()
                .OrderBy(c => c.Subject, StringComparer.Ordinal)
                .ThenBy(c => c.Test, StringComparer.Ordinal),
        ];

    /// <summary>Whether no request can meet both: one wants the subject there, the other away.</summary>
    public bool Excludes(RouteCondition other) =>
        Subject == other.Subject && NeedsPresence != other.NeedsPresence && (IsNotExists || other.IsNotExists);

    private bool IsNotExists => Test.StartsWith(nameof(HeaderMatchMode.NotExists), StringComparison.Ordinal);

    private static RouteCondition Make(
        string kind,
        string? name,
        string mode,
        IReadOnlyList<string>? values,
        bool cased
    )
    {
        var sorted = (values ?? []).Select(v => cased ? v : v?.ToUpperInvariant()).Order(StringComparer.Ordinal);
        // U+001F cannot stand in a header value, so the joined text is not ambiguous.
        var test = $"{mode}\u001f{cased}\u001f{string.Join('\u001f', sorted)}";
        var needsPresence = !mode.StartsWith("Not", StringComparison.Ordinal);
        return new RouteCondition($"{kind} '{name?.ToLowerInvariant()}'", test, needsPresence);
    }
}
