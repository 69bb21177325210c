using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>
/// Everything some upstream could take a path for. Each step is something that a server, a framework or a file system in
/// use does; any of them may come first, and decoding up to three times. What is reached by any order of steps is a reading.
/// </summary>
public static partial class PathReadings
{
    // What a path of the length of a request line can be taken for is endless; nothing known needs as many.
    private const int MaxReadings = 600;
    private const int MaxDecodings = 3;

    private static readonly Func<string, string>[] Steps =
    [
        ResolveDots,
        p => p.Replace('\\', '/'),
        p => SeveralSlashes().Replace(p, "/"),
        p => Parameters().Replace(p, ""),
        p => p.Split('?', '#')[0],
        ReadOverlong,
        p => UnicodeEscape().Replace(p, m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString()),
        p => p.ToLowerInvariant(),
        p => p.Split('\0')[0],
        p => p.Split('\r', '\n')[0],
        TrimSegments,
        Normalise,
        p => p.Replace('\u2215', '/'),
    ];

    /// <summary>Finds a resource beyond what is granted that a target could be read as.</summary>
    /// <param name="target">As it arrived upstream, one character a byte.</param>
    /// <param name="granted">Resources that may be reached.</param>
    /// <returns>The reading that reaches it; null when there is none.</returns>
    public static string? Beyond(string target, IReadOnlyList<string> granted)
    {
        var path = target.Split('?')[0];
        HashSet<string> known = [path];
        Stack<(string Path, int Decodings)> open = new([(path, 0)]);
        while (open.TryPop(out var reading) && known.Count < MaxReadings)
        {
            var resource = ResourceOf(reading.Path);
            if (resource is not ("other" or "public") && !granted.Contains(resource))
                return reading.Path;
            foreach (var next in Steps.Select(s => s(reading.Path)).Where(known.Add))
                open.Push((next, reading.Decodings));
            if (reading.Decodings < MaxDecodings && Decode(reading.Path) is var decoded && known.Add(decoded))
                open.Push((decoded, reading.Decodings + 1));
        }

        return null;
    }

    /// <summary>What a plain path reaches.</summary>
    public static string ResourceOf(string path) =>
        Resource().Match(path) is not { Success: true } match ? "other"
        : match.Groups["wallet"] is { Success: true } wallet ? "wallet:" + wallet.Value
        : match.Groups["name"].Value.Split('/')[^1];

    private static string Decode(string path) =>
        Escaped().Replace(path, m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString());

    // RFC 3986 section 5.2.4.
    private static string ResolveDots(string path)
    {
        List<string> resolved = [];
        var segments = path.Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i] is not ("." or ".."))
                resolved.Add(segments[i]);
            else if (segments[i] is ".." && resolved.Count > 1)
                resolved.RemoveAt(resolved.Count - 1);
            if (i == segments.Length - 1 && segments[i] is "." or "..")
                resolved.Add("");
        }

        var text = string.Join('/', resolved);
        return text.StartsWith('/') ? text : "/" + text;
    }

    // C0 AE and E0 80 AE are a dot to decoders that do not look.
    private static string ReadOverlong(string path) =>
        Overlong().Replace(path, m => ((char)(m.Value[^1] & 0x3F)).ToString());

    private static string TrimSegments(string path) =>
        string.Join('/', path.Split('/').Select(s => s is "." or ".." ? s : s.TrimEnd('.', ' ', '\t', '\u200b')));

    private static string Normalise(string path)
    {
        var text = path;
        try
        {
            if (path.All(c => c <= 0xFF))
                text = new UTF8Encoding(false, true).GetString(Encoding.Latin1.GetBytes(path));
            return text.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return text;
        }
    }

    [GeneratedRegex("^/(?:(?<name>v1/admin|v1/live|v1/read|public)(?:/|$)|v1/wallets/(?<wallet>[^/]+))")]
    private static partial Regex Resource();

    [GeneratedRegex("%([0-9A-Fa-f]{2})")]
    private static partial Regex Escaped();

    [GeneratedRegex("/{2,}")]
    private static partial Regex SeveralSlashes();

    [GeneratedRegex(";[^/]*")]
    private static partial Regex Parameters();

    [GeneratedRegex("%u([0-9A-Fa-f]{4})")]
    private static partial Regex UnicodeEscape();

    [GeneratedRegex("\u00c0[\u0080-\u00bf]|\u00e0\u0080[\u0080-\u00bf]")]
    private static partial Regex Overlong();
}
