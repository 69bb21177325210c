using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>The Makefile is the index of what can be done here, and the index is complete.</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class CommandsTests
{
    private static readonly string Makefile = SourceTree.Read("Makefile");

    private static readonly List<string> Scripts =
    [
        .. SourceTree.Files.Where(f =>
            f.StartsWith("ops/", StringComparison.Ordinal) && f.EndsWith(".sh", StringComparison.Ordinal)
        ),
    ];

    [Fact]
    public void EveryTarget_IsExplained_AndIsOneScript()
    {
        var targets = Target().Matches(Makefile);
        Assert.NotEmpty(targets);
        Assert.All(
            targets,
            t =>
            {
                Assert.NotEmpty(t.Groups["help"].Value);
                Assert.Contains(t.Groups["script"].Value, Scripts);
                Assert.Contains(t.Groups["name"].Value, Phony().Match(Makefile).Groups["names"].Value.Split(' '));
            }
        );
        Assert.Equal(targets.Count, AnyTarget().Count(Makefile));
    }

    [Fact]
    public void EveryScript_CanBeRun_AndSomebodyRunsIt()
    {
        Assert.NotEmpty(Scripts);
        var callers = SourceTree.Files.Where(f =>
            f is "Makefile" or ".ci/run" || Path.GetExtension(f) is ".sh" or ".cs"
        );
        SourceTree.AssertNone(
            from script in Scripts
            let isRun = !SourceTree.Read(script).StartsWith("# shellcheck shell", StringComparison.Ordinal)
            let mode = File.GetUnixFileMode(Path.Combine(Repository.Root, script))
            let name = Path.GetFileName(script)
            where
                isRun != mode.HasFlag(UnixFileMode.UserExecute)
                || !callers.Any(c => c != script && SourceTree.Read(c).Contains(name, StringComparison.Ordinal))
            select script
        );
    }

    [Fact]
    public void EveryScript_StopsAtTheFirstMistake() =>
        SourceTree.AssertNone(
            from script in Scripts.Append(".ci/run")
            let text = SourceTree.Read(script)
            where text.StartsWith("#!", StringComparison.Ordinal) && !text.Contains("\nset -euo pipefail\n")
            select script
        );

    [GeneratedRegex(
        @"^(?<name>[a-z0-9-]+):[^#\n]*## (?<help>.+)\n\t@exec (?<script>ops/[a-z0-9-]+\.sh)$",
        RegexOptions.Multiline
    )]
    private static partial Regex Target();

    [GeneratedRegex(@"^[a-z0-9-]+:", RegexOptions.Multiline)]
    private static partial Regex AnyTarget();

    [GeneratedRegex(@"^\.PHONY: (?<names>.+)$", RegexOptions.Multiline)]
    private static partial Regex Phony();
}
