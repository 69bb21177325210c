using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Load;

/// <summary>What <c>wrk</c> said of one run.</summary>
/// <param name="Requests">Answered.</param>
/// <param name="PerSecond">Answered in a second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
internal sealed partial record Wrk(long Requests, double PerSecond, double P50, double P99)
{
    /// <summary>Drives one port, closed loop.</summary>
    /// <exception cref="InvalidOperationException">Something else than 200 was answered, or nothing.</exception>
    public static async Task<Wrk> DriveAsync(
        int processor,
        int port,
        string path,
        IReadOnlyDictionary<string, string> headers,
        int connections,
        double seconds
    )
    {
        var start = new ProcessStartInfo("taskset") { RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments =
        [
            "-c",
            $"{processor}",
            "wrk",
            "-t",
            "1",
            "-c",
            $"{connections}",
            "-d",
            $"{seconds}s",
            "--latency",
            "--timeout",
            "10s",
            .. headers.SelectMany(h => new[] { "-H", $"{h.Key}: {h.Value}" }),
            $"http://127.0.0.1:{port}{path}",
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (Total().Match(said) is not { Success: true } total || Failed().IsMatch(said))
            throw new InvalidOperationException($"port {port}: {said}");
        return new Wrk(
            long.Parse(total.Groups["n"].ValueSpan, CultureInfo.InvariantCulture),
            double.Parse(Rate().Match(said).Groups["n"].ValueSpan, CultureInfo.InvariantCulture),
            Milliseconds(said, "50%"),
            Milliseconds(said, "99%")
        );
    }

    private static double Milliseconds(string said, string percentile)
    {
        var match = Regex.Match(
            said,
            $@"\s{percentile}\s+(?<n>[\d.]+)(?<unit>us|ms|s)\b",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1)
        );
        var number = double.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch
        {
            "us" => number / 1000,
            "ms" => number,
            _ => number * 1000,
        };
    }

    [GeneratedRegex(@"(?<n>\d+) requests in", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Total();

    [GeneratedRegex(@"Requests/sec:\s+(?<n>[\d.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rate();

    [GeneratedRegex(@"Non-2xx or 3xx responses: |Socket errors: ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Failed();
}
