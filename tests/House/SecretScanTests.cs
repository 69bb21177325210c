using System.Diagnostics;
using Gateway.Admin;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>No file of the repository has a secret in it, and none ever had: whoever has a clone has every version.</summary>
public sealed class SecretScanTests
{
    [Fact]
    public void NoFile_HasASecretInIt()
    {
        SourceTree.AssertNone(
            from file in SourceTree.Files
            from found in SecretScan.Find(SourceTree.Read(file))
            select $"{file}: {found.Name}"
        );
    }

    /// <summary>But for those in <c>known-samples.tsv</c>: what a file once had cannot be taken back.</summary>
    [Fact]
    public void NoCommit_HasASecretInIt_ThatIsNotKnownToBeASample()
    {
        var (found, parts) = SourceHistory.Find(Repository.Root);
        Assert.True(parts > 1, "git has printed nothing, so nothing was searched.");
        SourceTree.AssertNone(
            from secret in found
            where !SourceHistory.Samples.ContainsKey(secret.Digest)
            select $"{secret.Commit}: {secret.File}: {secret.Name}, SHA-256 {secret.Digest}"
        );
    }

    [Fact]
    public void SecretThatIsGoneFromTheFiles_IsFoundInTheHistory()
    {
        var clone = Directory.CreateTempSubdirectory("gateway-history-");
        var key = Format("sk_live_").Generate(new KeyEnvironment("any", "sk_live_", null));
        var file = Path.Combine(clone.FullName, "settings.json");
        Git("init", "-q");
        foreach (var text in new[] { "{}", $$"""{"key": "{{key}}"}""", "{}" })
        {
            File.WriteAllText(file, text);
            Git("add", ".");
            Git(
                "-c",
                "user.name=Somebody",
                "-c",
                "user.email=somebody@example.com",
                "-c",
                "commit.gpgsign=false",
                "commit",
                "-q",
                "-m",
                "Settings"
            );
        }

        var found = Assert.Single(SourceHistory.Find(clone.FullName).Found);

        Assert.Equal(("settings.json", "key"), (found.File, found.Name));
        Assert.Equal(SourceHistory.DigestOf(key), found.Digest);
        clone.Delete(recursive: true);

        void Git(params string[] arguments)
        {
            using var git = Process.Start("git", ["-C", clone.FullName, .. arguments]);
            git.WaitForExit();
            Assert.Equal(0, git.ExitCode);
        }
    }

    [Theory]
    [InlineData("sk_test_")]
    [InlineData("sk_live_")]
    [InlineData("phy_")]
    [InlineData("a_very_long_pre_")]
    public void Key_IsFound_WhateverItsPrefixAndWhateverStandsAroundIt(string prefix)
    {
        var key = Format(prefix).Generate(new KeyEnvironment("any", prefix, null));
        foreach (var text in new[] { key, $"KEY={key}\n", $"\"{key}\"", $"https://u:{key}@example.com/", $"x-{key}-y" })
            Assert.True(Finds("key", text), text);
        var mistyped = key[..^1] + (key[^1] == 'a' ? 'b' : 'a');
        Assert.False(Finds("key", mistyped), mistyped);
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

    private static KeyFormat Format(string prefix) =>
        new(new KeyOptions { Environments = { ["any"] = new EnvironmentOptions { Prefix = prefix } } });

    private static bool Finds(string name, string text) => SecretScan.Find(text).Any(f => f.Name == name);
}
