namespace Gateway.Tests;

/// <summary>The clone that the tests were built from, read as text.</summary>
internal static class SourceTree
{
    // What a build, a package manager or a run leaves behind.
    private static readonly string[] NotOurs =
    [
        "bin",
        "obj",
        "node_modules",
        "artifacts",
        "data",
        "TestResults",
        ".git",
    ];

    /// <summary>Every file of ours, with <c>/</c> and relative to <see cref="Repository.Root"/>, ordered.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Under(Repository.Root).Order(StringComparer.Ordinal)];

    /// <summary>The C# files; of one top folder when <paramref name="folder"/> is given.</summary>
    public static IEnumerable<string> CSharp(string folder = "") =>
        Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal) && f.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>The text of one file.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static IEnumerable<string> Under(string folder)
    {
        // In a work tree .git is a file.
        foreach (var file in Directory.EnumerateFiles(folder).Where(f => Path.GetFileName(f) != ".git"))
            yield return Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
        foreach (var below in Directory.EnumerateDirectories(folder))
        {
            if (NotOurs.Contains(Path.GetFileName(below)))
                continue;
            foreach (var file in Under(below))
                yield return file;
        }
    }

    /// <summary>Fails with every place in the message, in full.</summary>
    public static void AssertNone(IEnumerable<string> places)
    {
        var found = string.Join('\n', places);
        Assert.True(found.Length == 0, found);
    }
}
