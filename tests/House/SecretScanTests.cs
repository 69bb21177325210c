using System.Text.RegularExpressions;
using Gateway.Admin;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>No file of the repository has a secret in it: none of ours, known by its checksum whatever its prefix, and none
/// of those others make.</summary>
public sealed partial class SecretScanTests
{
    private static readonly (string Name, Func<string, bool> Find)[] Scans =
    [
        ("key", HasKey),
        ("operator token", text => OperatorToken().Matches(text).Any(m => !Repetition().IsMatch(m.Value))),
        ("private key", text => PrivateKey().IsMatch(text)),
        ("AWS key", text => AwsKey().IsMatch(text)),
        ("GitHub token", text => GitHubToken().IsMatch(text)),
        ("Slack token", text => SlackToken().IsMatch(text)),
        ("signed token", text => SignedToken().IsMatch(text)),
    ];

    [Fact]
    public void NoFile_HasASecretInIt()
    {
        SourceTree.AssertNone(
            from file in SourceTree.Files
            let text = SourceTree.Read(file)
            from scan in Scans
            where scan.Find(text)
            select $"{file}: {scan.Name}"
        );
    }

    [Theory]
    [InlineData("sk_test_")]
    [InlineData("sk_live_")]
    [InlineData("phy_")]
    [InlineData("a_very_long_pre_")]
    public void Key_IsFound_WhateverItsPrefixAndWhateverStandsAroundIt(string prefix)
    {
        var key = FormatOf(prefix).Generate(new KeyEnvironment("any", prefix, null));
        foreach (var text in new[] { key, $"KEY={key}\n", $"\"{key}\"", $"https://u:{key}@example.com/", $"x-{key}-y" })
            Assert.True(HasKey(text), text);
        var mistyped = key[..^1] + (key[^1] == 'a' ? 'b' : 'a');
        Assert.False(HasKey(mistyped), mistyped);
    }

    [Fact]
    public void OtherSecrets_AreFound()
    {
        // Put together here, so that this file does not find itself.
        Assert.True(Finds("operator token", OperatorTokens.Generate()));
        Assert.True(Finds("private key", "-----BEGIN EC PRIVATE" + " KEY-----"));
        Assert.True(Finds("AWS key", "AKIA" + "ABCDEFGHIJKLMNOP"));
        Assert.True(Finds("GitHub token", "ghp_" + new string('a', 36)));
        Assert.True(Finds("Slack token", "xoxb-" + "123456789012-abcdefghijkl"));
        Assert.True(
            Finds("signed token", "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + ".abcdefghijkl")
        );
    }

    private static bool Finds(string name, string text) => Array.Find(Scans, s => s.Name == name).Find(text);

    // What looks like one, and has the right checksum.
    private static bool HasKey(string text)
    {
        foreach (Match match in LooksLikeAKey().Matches(text))
        {
            var (prefix, body) = (match.Groups["prefix"].Value, match.Groups["body"].Value);
            // Examples repeat themselves; 32 random characters do not.
            if (Repetition().IsMatch(body))
                continue;
            // Of what stands before it, any end may be the prefix.
            for (var i = 0; i < prefix.Length - 1; i++)
            {
                var end = prefix[i..];
                if (end.Length <= KeyEnvironment.MaxPrefixLength && FormatOf(end).TryParse(end + body, out _))
                    return true;
            }
        }
        return false;
    }

    private static KeyFormat FormatOf(string prefix) =>
        new(new KeyOptions { Environments = { ["any"] = new EnvironmentOptions { Prefix = prefix } } });

    [GeneratedRegex("(?<prefix>[a-z0-9_]*_)(?<body>[0-9A-Za-z]{38})(?![0-9A-Za-z])")]
    private static partial Regex LooksLikeAKey();

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
