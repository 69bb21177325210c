namespace Gateway.Tests;

/// <summary>The processes of this machine, found by what they were started with.</summary>
internal static class ProcessTable
{
    /// <summary>Those that have this in their environment, which they pass on to whatever they start.</summary>
    /// <param name="variable"><c>NAME=VALUE</c>.</param>
    public static IReadOnlyList<(int Id, string CommandLine)> With(string variable)
    {
        var found = new List<(int, string)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id))
                continue;
            try
            {
                if (File.ReadAllText($"{directory}/environ").Split('\0').Contains(variable))
                    found.Add((id, File.ReadAllText($"{directory}/cmdline").Replace('\0', ' ')));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is somebody else's.
            }
        }
        return found;
    }
}
