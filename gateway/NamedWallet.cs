using Gateway.Keys;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// The wallet a request names, where its route says: exactly once, or it is not named at all. With two, the upstream
/// might act on the one that was not judged. So every spelling counts that some upstream takes for the same name: CGI
/// reads <c>X_Wallet</c> as <c>X-Wallet</c>; PHP trims a parameter's name, cuts it at NUL and <c>[</c>, and reads dots
/// and spaces as underscores; many frameworks ignore case; some end a parameter at a semicolon, as HTML 4
/// advised, or decode a name twice. What can be no wallet's id is not one: with an encoded line break or a letter beyond
/// ASCII in it, the upstream would be told of none, or of another.
/// </summary>
internal static class NamedWallet
{
    /// <summary>The wallet; null when it is not named exactly once.</summary>
    /// <param name="context">The request.</param>
    /// <param name="rule">Where its route says it is named.</param>
    /// <param name="without">Rules that a test has taken out.</param>
    public static string? In(HttpContext context, WalletRule rule, EdgeRules without)
    {
        var value = rule.Source switch
        {
            WalletSource.RouteValue => new StringValues(context.Request.RouteValues[rule.Name] as string),
            WalletSource.Query => InQuery(rule.Name, context.Request, without),
            WalletSource.Header => InHeaders(rule.Name, context.Request.Headers, without),
            _ => default,
        };
        if (value.Count != 1 && (value.Count == 0 || !without.Has(EdgeRules.WalletOnce)))
            return null;
        return WalletIds.IsWellFormed(value[0]) || without.Has(EdgeRules.WalletIds) ? value[0] : null;
    }

    private static StringValues InQuery(string name, HttpRequest request, EdgeRules without)
    {
        StringValues found = default;
        if (!IsOnceBetweenSemicolons(name, request.QueryString.Value) && !without.Has(EdgeRules.WalletSemicolons))
            return found;
        foreach (var (parameter, values) in request.Query)
        {
            if (!SameParameter(parameter, name) || IsEscapedAndOverlooked(parameter, without))
                continue;
            // The one spelling that is judged is the one the route states.
            if (!string.Equals(parameter, name, StringComparison.Ordinal) && !without.Has(EdgeRules.WalletSpelling))
                return default;
            found = StringValues.Concat(found, values);
        }
        return found;
    }

    private static bool IsOnceBetweenSemicolons(string name, ReadOnlySpan<char> query)
    {
        if (!query.Contains(';'))
            return true;
        var count = 0;
        query = query.TrimStart('?');
        foreach (var part in query.SplitAny('&', ';'))
        {
            var parameter = query[part];
            var end = parameter.IndexOf('=');
            var text = end < 0 ? parameter : parameter[..end];
            count += SameParameter(Uri.UnescapeDataString(text).Replace('+', ' '), name) ? 1 : 0;
        }
        return count == 1;
    }

    private static bool IsEscapedAndOverlooked(string parameter, EdgeRules without) =>
        without.Has(EdgeRules.WalletEscapes) && parameter.Contains('%');

    private static bool SameParameter(string one, string other) =>
        Fold(one).Equals(Fold(other), StringComparison.OrdinalIgnoreCase);

    private static string Fold(string parameter)
    {
        if (parameter.Contains('%'))
            parameter = Uri.UnescapeDataString(parameter);
        var end = parameter.AsSpan().IndexOfAny('\0', '[');
        var name = (end < 0 ? parameter : parameter[..end]).Trim();
        return name.Replace('.', '_').Replace(' ', '_');
    }

    private static StringValues InHeaders(string name, IHeaderDictionary headers, EdgeRules without)
    {
        // A header that Connection names is taken off on the way, and the upstream would see none.
        if (IsNominated(name, headers.Connection) && !without.Has(EdgeRules.WalletNominated))
            return default;
        StringValues found = default;
        using var copied = new CopiedHeaders(headers);
        foreach (var (header, values) in copied.All)
        {
            if (!ReservedHeaders.SameWhenFolded(header, name))
                continue;
            // As with a parameter: an upstream that reads names as they are would see none.
            if (!header.Equals(name, StringComparison.OrdinalIgnoreCase) && !without.Has(EdgeRules.WalletHeader))
                return default;
            found = StringValues.Concat(found, values);
        }
        return found.Count == 1 && found[0]!.Contains(',', StringComparison.Ordinal) ? default : found;
    }

    private static bool IsNominated(string name, StringValues connection)
    {
        foreach (var options in connection)
        {
            foreach (var option in options.AsSpan().Split(','))
            {
                if (ReservedHeaders.SameWhenFolded(options.AsSpan()[option].Trim(), name))
                    return true;
            }
        }
        return false;
    }
}
