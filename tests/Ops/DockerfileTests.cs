using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>The Dockerfile's structure; <c>make image-check</c> builds and runs what it describes.</summary>
public sealed partial class DockerfileTests
{
    private static readonly Dictionary<string, Stage> Stages = Read();

    private static readonly string[] Processes = ["gateway", "admin-api", "backend"];

    private sealed record Stage(string Name, string From, List<(string Word, string Text)> Steps)
    {
        // With those of the stages below it.
        public IEnumerable<(string Word, string Text)> All =>
            Stages.TryGetValue(From, out var below) ? below.All.Concat(Steps) : Steps;
    }

    [Fact]
    public void EveryProcess_HasATarget_ThatRunsIt_WithoutRightsAndWithoutAShell()
    {
        foreach (var stage in Processes.Select(p => Stages[p]))
        {
            var last = stage.All.ToLookup(s => s.Word, s => s.Text);
            Assert.Equal($"[\"/app/{stage.Name}\"]", last["ENTRYPOINT"].Last());
            Assert.Matches("^[1-9][0-9]*$", last["USER"].Last());
            Assert.Empty(last["RUN"]);
            Assert.Contains(last["ENV"], e => e == "DOTNET_EnableDiagnostics=0");
            Assert.Contains(last["COPY"], c => c == $"--from=build /out/{stage.Name} /app");
            // What a health check or an entry point says is run as it is, by no shell.
            Assert.All(last["HEALTHCHECK"], h => Assert.Contains($"CMD [\"/app/{stage.Name}\", \"healthcheck\"]", h));
            var ports = last["EXPOSE"].SelectMany(e => e.Split(' '));
            Assert.All(
                ports,
                p => Assert.Contains(last["ENV"], e => e.EndsWith($"http://0.0.0.0:{p}", StringComparison.Ordinal))
            );
        }
        Assert.All(Processes[..2], p => Assert.Contains(Stages[p].All, s => s.Word == "HEALTHCHECK"));
    }

    [Fact]
    public void Bases_AreArguments_SoThatTheyCanBePinned()
    {
        var bases = Stages.Values.Select(s => s.From).Where(f => !Stages.ContainsKey(f)).Distinct().ToList();
        Assert.Equal(["${RUNTIME_IMAGE}", "${SDK_IMAGE}"], bases.Order(StringComparer.Ordinal));
        var arguments = Argument().Matches(SourceTree.Read("Dockerfile"));
        Assert.All(arguments, a => Assert.Matches(@":\d+\.\d+\.\d+-", a.Groups["value"].Value));
        Assert.Equal(2, arguments.Count);
    }

    [Fact]
    public void WhatIsCopied_IsThere_AndEnoughToBuild()
    {
        var copied = Stages["build"]
            .Steps.Where(s => s.Word == "COPY")
            .SelectMany(s => s.Text.Split(' ')[..^1])
            .ToList();
        Assert.All(copied, c => Assert.True(Path.Exists(Path.Combine(Repository.Root, c)), c));
        foreach (
            var project in new[]
            {
                "keys/Gateway.Keys",
                "gateway/gateway",
                "admin-api/admin-api",
                "ops/backend/backend",
            }
        )
            Assert.Contains($"{project}.csproj", copied);
        // What projects reach for outside their own folders.
        var reached =
            from file in copied
            where file.EndsWith(".csproj", StringComparison.Ordinal)
            from match in Include().Matches(SourceTree.Read(file))
            select Path.GetRelativePath(
                Repository.Root,
                Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, match.Groups["path"].Value)
            );
        Assert.All(
            reached,
            r => Assert.Contains(copied, c => r == c || r.StartsWith(c + "/", StringComparison.Ordinal))
        );
    }

    private static Dictionary<string, Stage> Read()
    {
        var text = Comment().Replace(SourceTree.Read("Dockerfile"), "").Replace("\\\n", " ");
        var stages = new Dictionary<string, Stage>(StringComparer.Ordinal);
        Stage? stage = null;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (From().Match(line) is { Success: true } from)
                stages[from.Groups["name"].Value] = stage = new(
                    from.Groups["name"].Value,
                    from.Groups["base"].Value,
                    []
                );
            else if (line.Split(' ', 2, StringSplitOptions.TrimEntries) is [var word, var rest])
                stage?.Steps.Add((word, rest));
        }
        return stages;
    }

    [GeneratedRegex("^#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^FROM (?<base>\S+) AS (?<name>\S+)$")]
    private static partial Regex From();

    [GeneratedRegex(@"^ARG \w+_IMAGE=(?<value>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Argument();

    [GeneratedRegex("Include=\"(?<path>\\.\\./[^\"*]+)")]
    private static partial Regex Include();
}
