using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// The wallet a request names, where its route says: exactly once, or it is not named at all. With two, the upstream
/// might act on the one that was not judged. So every spelling counts that some upstream takes for the same name: CGI
/// reads <c>X_Wallet</c> as <c>X-Wallet</c>; PHP trims a parameter's name, cuts it at NUL and <c>[</c>, and reads dots
/// and spaces as underscores; many frameworks ignore case.
/// </summary>
internal static class NamedWallet
{
    /// <summary>The wallet; null when it is not named exactly once.</summary>
    public static string? In(HttpContext context, WalletRule rule)
    {
        var value = rule.Source switch
        {
            WalletSource.RouteValue => new StringValues(context.Request.RouteValues[rule.Name] as string),
            WalletSource.Query => InQuery(rule.Name, context.Request.Query),
            WalletSource.Header => InHeaders(rule.Name, context.Request.Headers),
            _ => default,
        };
        return value.Count == 1 && !string.IsNullOrEmpty(value[0]) ? value[0] : null;
    }

    private static StringValues InQuery(string name, IQueryCollection query)
    {
        StringValues found = default;
        foreach (var (parameter, values) in query)
        {
            if (!SameParameter(parameter, name))
                continue;
            // The one spelling that is judged is the one the route states.
            if (!string.Equals(parameter, name, StringComparison.Ordinal))
                return default;
            found = StringValues.Concat(found, values);
        }
        return found;
    }

    private static bool SameParameter(string one, string other) =>
        Fold(one).Equals(Fold(other), StringComparison.OrdinalIgnoreCase);

    private static string Fold(string parameter)
    {
        var end = parameter.AsSpan().IndexOfAny('\0', '[');
        var name = (end < 0 ? parameter : parameter[..end]).Trim();
        return name.Replace('.', '_').Replace(' ', '_');
    }

    private static StringValues InHeaders(string name, IHeaderDictionary headers)
    {
        // A header that Connection names is taken off on the way, and the upstream would see none.
        if (IsNominated(name, headers.Connection))
            return default;
        StringValues found = default;
        using var copied = new CopiedHeaders(headers);
        foreach (var (header, values) in copied.All)
        {
            if (ReservedHeaders.SameWhenFolded(header, name))
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
