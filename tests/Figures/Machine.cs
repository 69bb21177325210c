using System.Globalization;
using System.Runtime.InteropServices;

namespace Gateway.Tests;

/// <summary>What a result was measured on, and with what.</summary>
internal static class Machine
{
    /// <summary>As a Markdown table.</summary>
    public static string Describe(DateTimeOffset began)
    {
        var rows = new (string Name, string Value)[]
        {
            ("command", "`make figures`"),
            ("commit", Environment.GetEnvironmentVariable("FIGURES_COMMIT") ?? "unknown"),
            ("began", began.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)),
            ("processor", $"{Line("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores"),
            ("memory", $"{Kilobytes("/proc/meminfo", "MemTotal") >> 20} GiB"),
            ("system", RuntimeInformation.OSDescription),
            ("runtime", RuntimeInformation.FrameworkDescription),
            ("build", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name),
            ("load average at the end", string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3))),
        };
        return $"| | |\n|---|---|\n{string.Concat(rows.Select(r => $"| {r.Name} | {r.Value} |\n"))}";
    }

    private static string Line(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim()
        ?? "unknown";

    private static long Kilobytes(string file, string name) =>
        long.Parse(Line(file, name).Split(' ')[0], CultureInfo.InvariantCulture);
}
