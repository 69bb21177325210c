using System.Text;
using Gateway.Keys;

namespace Gateway;

/// <summary>Makes request targets fit to be printed: no values of a query, nothing that passes for a key of ours, nothing
/// that a terminal would act on.</summary>
internal static class Redaction
{
    private const int Longest = 160;
    private const string Key = "[a key]";

    /// <summary>A target of an access log: its path, and the names of its query.</summary>
    public static string Target(string target, KeyFormat format)
    {
        // Absolute forms may carry a password, and what is no target at all may be anything.
        if (target is not ['/', ..])
            return "[not a path]";
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var shown = WithoutKeys(question < 0 ? target : target[..question], format);
        if (question >= 0)
            shown += "?" + string.Join('&', target[(question + 1)..].Split('&').Select(p => Parameter(p, format)));
        return Printable(shown);
    }

    /// <summary>A text in which whatever lies between two slashes, question marks, ampersands or equals signs is left out
    /// when it holds a key.</summary>
    public static string WithoutKeys(string text, KeyFormat format)
    {
        if (!HoldsKey(text, format))
            return text;
        var shown = new StringBuilder();
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is not ('/' or '?' or '&' or '='))
                continue;
            var part = text[start..i];
            shown.Append(HoldsKey(part, format) ? Key : part);
            if (i < text.Length)
                shown.Append(text[i]);
            start = i + 1;
        }
        return HoldsKey(shown.ToString(), format) ? Key : shown.ToString();
    }

    private static string Parameter(string parameter, KeyFormat format)
    {
        var equals = parameter.IndexOf('=', StringComparison.Ordinal);
        // One without a name may be nothing but a secret.
        if (equals <= 0)
            return "…";
        var name = parameter[..equals];
        return (HoldsKey(name, format) ? Key : name) + "=…";
    }

    private static bool HoldsKey(string text, KeyFormat format)
    {
        if (format.ContainsKey(text))
            return true;
        if (!text.Contains('%', StringComparison.Ordinal))
            return false;
        var decoded = new char[text.Length];
        return format.ContainsKey(decoded.AsSpan(0, Escape.Decode(text, decoded)));
    }

    private static string Printable(string text)
    {
        var shown = text.Length > Longest ? text[..Longest] + "…" : text;
        return string.Concat(shown.Select(c => c is (>= ' ' and <= '~') or '…' ? c : '·'));
    }
}
