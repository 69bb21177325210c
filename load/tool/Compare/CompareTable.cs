using System.Globalization;
using System.Text;

namespace Gateway.Load;

/// <summary>What the gateway is compared with.</summary>
internal enum Compared
{
    /// <summary>YARP alone and, unless told otherwise, other proxies.</summary>
    Peers,

    /// <summary>Itself without each of its settings.</summary>
    Settings,

    /// <summary>Itself with an access log.</summary>
    AccessLog,
}

/// <summary>What came out, for people at a terminal and as a file.</summary>
internal sealed class CompareTable(CompareSize size, Compared compared)
{
    private const double CostBar = 1.03;
    private const double TailBar = 1.05;

    private readonly Dictionary<string, List<Sample>> _samples = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _resident = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _began = TimeProvider.System.GetLocalNow();

    /// <summary>Whether the gateway costs no more than it may.</summary>
    public bool Holds => compared != Compared.Peers || (Cost(Targets.Bare) <= CostBar && Tail(Targets.Bare) <= TailBar);

    /// <summary>Adds a drive.</summary>
    public void Add(string target, Sample sample)
    {
        if (!_samples.TryGetValue(target, out var samples))
            _samples.Add(target, samples = []);
        samples.Add(sample);
    }

    /// <summary>Adds what a target's memory was at the end.</summary>
    public void Resident(string target, double mebibytes) => _resident[target] = mebibytes;

    /// <summary>Prints it.</summary>
    public Task PrintAsync() => Console.Out.WriteAsync(Markdown());

    /// <summary>Writes it down.</summary>
    public Task WriteAsync(string folder)
    {
        var day = _began.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return File.WriteAllTextAsync(Path.Combine(folder, $"{day}-{Words().File}.md"), Markdown());
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Words().Title}, {_began:yyyy-MM-dd}\n\n");
        text.Append(
            Machine.Describe(_began, Words().Command, (TimeProvider.System.GetLocalNow() - _began).TotalSeconds)
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"""

            {size.Rounds} rounds of {size.Seconds} s each, {size.Connections} connections, closed loop, after drives that do not count until .NET has compiled
            what is used. The proxy alone on one processor; wrk and the upstream on the other. µs are of processor time per request (user and kernel),
            medians of the rounds with the least in brackets; ratios are of drives of the same round, medians; memory is
            resident at the end.

            | | µs | kernel | gateway ÷ it | requests/s | p50 ms | p99 ms | p99: gateway ÷ it | MiB |
            |---|--:|--:|--:|--:|--:|--:|--:|--:|

            """
        );
        foreach (var (name, samples) in _samples)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {name} | {Median(samples, s => s.Micros):0.0} ({samples.Min(s => s.Micros):0.0}) | {Median(samples, s => s.SystemShare):0%} | {Cost(name):0.000} | {Median(samples, s => s.PerSecond):#,0} | {Median(samples, s => s.P50):0.00} | {Median(samples, s => s.P99):0.00} | {Tail(name):0.00} | {_resident[name]:0} |\n"
            );
        if (compared == Compared.Peers)
            text.Append(
                CultureInfo.InvariantCulture,
                $"""

                | figure | measured | bar | holds |
                |---|---|---|---|
                | gateway ÷ bare YARP, processor time | {Cost(Targets.Bare):0.000} | ≤ {CostBar} | {Said(
                    Cost(Targets.Bare) <= CostBar
                )} |
                | gateway ÷ bare YARP, p99 | {Tail(Targets.Bare):0.000} | ≤ {TailBar} | {Said(
                    Tail(Targets.Bare) <= TailBar
                )} |

                """
            );
        if (_samples.ContainsKey(Targets.Lua))
            text.Append(
                CultureInfo.InvariantCulture,
                $"| gateway ÷ nginx + Lua, processor time | {Cost(Targets.Lua):0.000} | as near 1 as can be | |\n"
            );
        return text.ToString();
    }

    private (string File, string Title, string Command) Words() =>
        compared switch
        {
            Compared.Settings => ("ablation", "What each setting gives", "make compare ABLATION=1"),
            Compared.AccessLog => ("access-log", "What a line for each request costs", "make compare ACCESS_LOG=1"),
            _ => ("compare", "Cost per request, side by side", "make compare"),
        };

    private double Cost(string other) => Ratio(other, s => s.Micros);

    private double Tail(string other) => Ratio(other, s => s.P99);

    private double Ratio(string other, Func<Sample, double> of) =>
        Median(_samples[Targets.Ours].Zip(_samples[other], (ours, its) => of(ours) / of(its)));

    private static double Median(IEnumerable<Sample> samples, Func<Sample, double> of) => Median(samples.Select(of));

    private static double Median(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Said(bool holds) => holds ? "yes" : "**no**";
}
