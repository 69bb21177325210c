using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>Reads <c>Wallet</c>: <c>any</c>, <c>{routeValue}</c>, <c>query:name</c> or <c>header:name</c>.</summary>
internal static class WalletRuleParser
{
    private const string Query = "query:";
    private const string Header = "header:";

    // The guard refuses them in every request, so a wallet there could never be named.
    private static readonly string[] NeverInQuery = ["access_token", "api_key"];

    /// <param name="text">What the route states.</param>
    /// <param name="route">The route, for its path.</param>
    /// <param name="problem">Gets each problem.</param>
    public static WalletRule Parse(string text, RouteConfig route, Action<string> problem)
    {
        if (text is "any")
            return new WalletRule(WalletSource.Any);
        if (text.StartsWith(Query, StringComparison.Ordinal))
            return InQuery(text[Query.Length..], problem);
        if (text.StartsWith(Header, StringComparison.Ordinal))
            return InHeader(text[Header.Length..], problem);
        if (text.StartsWith('{') && text.EndsWith('}'))
            return InPath(text[1..^1], route, problem);
        problem($"'{text}' is not taken; write {{routeValue}}, query:name, header:name or any");
        return WalletRule.None;
    }

    private static WalletRule InQuery(string name, Action<string> problem)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "-._".Contains(c)))
            problem($"'{name}' is not the name of a query parameter; it has letters, digits and -._");
        else if (NeverInQuery.Contains(name, StringComparer.OrdinalIgnoreCase))
            problem($"'{name}' is refused in every query, because credentials would be logged there");
        return new WalletRule(WalletSource.Query, name);
    }

    private static WalletRule InHeader(string name, Action<string> problem)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            problem($"'{name}' is not the name of a header; it has letters, digits and -");
        else if (ReservedHeaders.IsReserved(name) || name.Equals("Authorization", StringComparison.OrdinalIgnoreCase))
            problem($"'{name}' is taken off every request, so the upstream would not see the wallet that was judged");
        return new WalletRule(WalletSource.Header, name);
    }

    /// <summary>The value must be one whole segment: parts of a segment, the rest of a path and values that may be
    /// absent are cut out differently by the upstream, which then acts on another wallet than was judged.</summary>
    private static WalletRule InPath(string name, RouteConfig route, Action<string> problem)
    {
        var rule = new WalletRule(WalletSource.RouteValue, name);
        if (RoutePaths.TryParse(route.Match?.Path) is not { } pattern)
            return rule; // The path has a problem of its own.
        var parameter = pattern.GetParameter(name);
        if (parameter is null)
            problem($"the path has no value {{{name}}}");
        else if (parameter.IsCatchAll)
            problem($"{{{name}}} is the rest of the path; a wallet is one segment");
        else if (parameter.IsOptional || parameter.Default is not null)
            problem($"{{{name}}} may be absent; a wallet's segment may not");
        else if (
            !pattern.PathSegments.Any(s => s.IsSimple && s.Parts[0] is RoutePatternParameterPart p && p == parameter)
        )
            problem($"{{{name}}} is part of a segment; a wallet is a whole one");
        return rule;
    }
}
