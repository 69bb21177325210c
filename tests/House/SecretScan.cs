using System.Text.RegularExpressions;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Finds secrets in a text: ours, known by their checksum whatever their prefix, and what others make.</summary>
internal static partial class SecretScan
{
    private static readonly (string Name, Func<string, IEnumerable<string>> Find)[] Scans =
    [
        ("key", Keys),
        ("operator token", text => All(OperatorToken(), text).Where(t => !Repetition().IsMatch(t))),
        ("private key", text => All(PrivateKey(), text)),
        ("AWS key", text => All(AwsKey(), text)),
        ("GitHub token", text => All(GitHubToken(), text)),
        ("Slack token", text => All(SlackToken(), text)),
        ("signed token", text => All(SignedToken(), text)),
    ];

    /// <summary>Every secret of a text, and what it is.</summary>
    public static IEnumerable<(string Name, string Secret)> Find(string text) =>
        from scan in Scans
        from secret in scan.Find(text)
        select (scan.Name, secret);

    // What looks like one, and has the right checksum. The end of the prefix is looked for, and its beginning read backwards:
    // the other way round every word there is would be read as one.
    private static IEnumerable<string> Keys(string text)
    {
        foreach (Match match in EndsLikeAKey().Matches(text))
        {
            var (body, begin) = (match.Groups["body"], match.Index);
            // Examples repeat themselves; 32 random characters do not.
            if (Repetition().IsMatch(body.Value))
                continue;
            while (begin > 0 && IsOfAPrefix(text[begin - 1]))
                begin--;
            var prefix = text[begin..body.Index];
            if (EndsOf(prefix).Any(end => FormatOf(end).TryParse(end + body.Value, out _)))
                yield return prefix + body.Value;
        }
    }

    private static bool IsOfAPrefix(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_';

    // Any end of it may be the prefix.
    private static IEnumerable<string> EndsOf(string prefix) =>
        from start in Enumerable.Range(0, prefix.Length - 1)
        where prefix.Length - start <= KeyEnvironment.MaxPrefixLength
        select prefix[start..];

    private static KeyFormat FormatOf(string prefix) =>
        new(new KeyOptions { Environments = { ["any"] = new EnvironmentOptions { Prefix = prefix } } });

    private static IEnumerable<string> All(Regex pattern, string text) => pattern.Matches(text).Select(m => m.Value);

    [GeneratedRegex("_(?<body>[0-9A-Za-z]{38})(?![0-9A-Za-z])")]
    private static partial Regex EndsLikeAKey();

    [GeneratedRegex("(.)\\1{7}")]
    private static partial Regex Repetition();

    [GeneratedRegex("gwop_[A-Za-z0-9_-]{43}")]
    private static partial Regex OperatorToken();

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----")]
    private static partial Regex PrivateKey();

    [GeneratedRegex("\\b(AKIA|ASIA)[0-9A-Z]{16}\\b")]
    private static partial Regex AwsKey();

    [GeneratedRegex("\\bgh[pousr]_[A-Za-z0-9]{36}\\b")]
    private static partial Regex GitHubToken();

    [GeneratedRegex("\\bxox[abprs]-[A-Za-z0-9-]{20,}")]
    private static partial Regex SlackToken();

    [GeneratedRegex("\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}")]
    private static partial Regex SignedToken();
}
