using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Tests;

/// <summary>A secret in a commit, without the secret.</summary>
/// <param name="Commit">Which.</param>
/// <param name="File">Where.</param>
/// <param name="Name">What it is.</param>
/// <param name="Digest">SHA-256 of it, in hexadecimal.</param>
internal sealed record SecretInHistory(string Commit, string File, string Name, string Digest);

/// <summary>Every commit that can be reached from any branch or tag of the clone: its message, and the lines it adds and
/// takes away.</summary>
internal static class SourceHistory
{
    private const string SamplesFile = "tests/House/known-samples.tsv";

    /// <summary>What was made to be looked at: the reason, by the SHA-256 of it. Each is named by itself, so that no folder
    /// and no file is a place where a real one passes.</summary>
    public static IReadOnlyDictionary<string, string> Samples { get; } =
        SourceTree
            .Read(SamplesFile)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] is not '#')
            .Select(line => line.Split('\t'))
            .ToDictionary(fields => fields[0], fields => fields[1], StringComparer.Ordinal);

    /// <summary>Each secret once for each file it was in, at its oldest commit; and the parts that were searched.</summary>
    /// <param name="clone">Its folder.</param>
    public static (IReadOnlyCollection<SecretInHistory> Found, int Parts) Find(string clone)
    {
        var found = new Dictionary<(string File, string Digest), SecretInHistory>();
        var parts = 0;
        foreach (var (commit, file, text) in Parts(clone))
        {
            parts++;
            foreach (var (name, secret) in SecretScan.Find(text))
            {
                var digest = DigestOf(secret);
                // The newest comes first.
                found[(file, digest)] = new(commit, file, name, digest);
            }
        }
        return (found.Values, parts);
    }

    /// <summary>What a secret is named by.</summary>
    public static string DigestOf(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    // A message, or what one commit did to one file. Searching line by line would take five times as long.
    private static IEnumerable<(string Commit, string File, string Text)> Parts(string clone)
    {
        var (commit, file, text) = ("", "", new StringBuilder());
        foreach (var line in Lines(clone))
        {
            var isCommit = line.StartsWith("commit ", StringComparison.Ordinal);
            if (isCommit || line.StartsWith("diff --git ", StringComparison.Ordinal))
            {
                yield return (commit, file, text.ToString());
                text.Clear();
                commit = isCommit ? line[7..] : commit;
                file = isCommit ? "its message" : line[(line.LastIndexOf(" b/", StringComparison.Ordinal) + 3)..];
            }
            text.Append(line).Append('\n');
        }
        yield return (commit, file, text.ToString());
    }

    private static IEnumerable<string> Lines(string clone)
    {
        // The clone may be somebody else's: nothing of it is run.
        string[] git = ["-c", "safe.directory=*", "-C", clone];
        string[] log = ["log", "--all", "--patch", "-m", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv"];
        var start = new ProcessStartInfo("git", [.. git, .. log])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
            yield return line;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
