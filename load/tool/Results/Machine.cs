using System.Globalization;
using System.Runtime.InteropServices;

namespace Gateway.Load;

/// <summary>What a result was measured on, and with what.</summary>
internal static class Machine
{
    /// <summary>As a Markdown table. The commit is in RESULT_COMMIT.</summary>
    public static string Describe(DateTimeOffset began, string command, double tookSeconds)
    {
        var rows = new (string Name, string Value)[]
        {
            ("command", $"`{command}`"),
            ("commit", Environment.GetEnvironmentVariable("RESULT_COMMIT") ?? "unknown"),
            ("began", began.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)),
            ("took", $"{tookSeconds:0} s"),
            ("processor", $"{Line("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores"),
            ("memory", $"{Kilobytes("/proc/meminfo", "MemTotal") >> 20} GiB"),
            ("system", RuntimeInformation.OSDescription),
            ("runtime", RuntimeInformation.FrameworkDescription),
            ("load average at the end", string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3))),
        };
        return $"| | |\n|---|---|\n{string.Concat(rows.Select(r => $"| {r.Name} | {r.Value} |\n"))}";
    }

    /// <summary>A number of kilobytes from a file of the kernel's, by its name there.</summary>
    public static long Kilobytes(string file, string name) =>
        long.Parse(Line(file, name).Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Seconds for which processors were this machine's and a host used them for others, of all processors
    /// together; counted in hundredths.</summary>
    public static double StolenSeconds =>
        double.Parse(
            File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[8],
            CultureInfo.InvariantCulture
        ) / 100;

    private static string Line(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim()
        ?? "unknown";
}
