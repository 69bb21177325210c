using System.Globalization;
using System.Text;
using BenchmarkDotNet.Reports;

namespace Gateway.Load;

/// <summary>What was measured, the bars it is held to, and both as text.</summary>
internal sealed class BenchReport
{
    // Of one SHA-256 of the same key: what a check that hashes every key costs at the very least.
    private const double MostOfSha256 = 1.5;
    private const double AimOfSha256 = 0.2;

    // Of the same decision with one.
    private const double MostForManyAddresses = 1.2;

    // Nanoseconds.
    private const double MostForALimit = 100;

    private readonly List<Row> _rows = [];
    private readonly StringBuilder _bars = new();
    private readonly DateTimeOffset _began = TimeProvider.System.GetLocalNow();

    /// <summary>Whether every bar does.</summary>
    public bool Holds { get; private set; } = true;

    /// <summary>Adds what one class of benchmarks has found.</summary>
    public void Add(Summary summary)
    {
        foreach (var report in summary.Reports)
        {
            var name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
            var statistics = report.ResultStatistics!;
            var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
            var row = new Row(name, statistics.Median, statistics.Min, statistics.Max, bytes);
            _rows.Add(row);
            Console.WriteLine($"{row.Name, -36} {row.Least, 9:0.0} {row.Median, 9:0.0} ns {row.Bytes, 6} B");
        }
    }

    /// <summary>Says what holds.</summary>
    /// <param name="allocated">Bytes a request is known to allocate from its route to YARP.</param>
    public void Conclude(double allocated)
    {
        var hash = Of(KeyBenchmarks.Sha256Row).Least;
        var gate = Of(RequestBenchmarks.GateRow).Least;
        var headers = Of(RequestBenchmarks.HeadersRow).Least;
        var decision = gate - headers;
        var ofMany = Of(RequestBenchmarks.ManyAddressesRow).Least - headers;
        Bar("bytes allocated from the route to YARP", allocated, 0);
        Bar($"the decision (aim: {AimOfSha256}), of one SHA-256 of the key", decision / hash, MostOfSha256);
        // What is no proxy's to pass on has to come off before any other, too.
        Bar("the decision and the reserved headers off, of one SHA-256 of the key", gate / hash, null);
        Bar("the decision with 10,000 address ranges, of that with one", ofMany / decision, MostForManyAddresses);
        Bar("a local rate limit, admitted, ns", Of(LimitBenchmarks.AdmittedRow).Least, MostForALimit);
        Bar("a local rate limit, refused, ns", Of(LimitBenchmarks.RefusedRow).Least, MostForALimit);
    }

    /// <summary>Writes it down.</summary>
    public async Task WriteAsync(string folder)
    {
        var day = _began.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var hash = Of(KeyBenchmarks.Sha256Row).Median;
        var took = (TimeProvider.System.GetLocalNow() - _began).TotalSeconds;
        var text = new StringBuilder($"# The decision, {day}\n\n{Machine.Describe(_began, "make bench", took)}\n");
        text.Append(
            "BenchmarkDotNet, in this process; nanoseconds of processor time, of 15 iterations of 100 ms. Bars "
                + "compare the least. The decision is the gate less the reserved headers, both with putting the headers "
                + "back. Bytes are exact in the bar; in the rows a few come from what else the process does.\n\n"
        );
        text.Append("| part | median | least | most | of one SHA-256 | bytes |\n|---|---|---|---|---|---|\n");
        foreach (var r in _rows)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {r.Name} | {r.Median:0.0} | {r.Least:0.0} | {r.Most:0.0} | {r.Median / hash:0.00} | {r.Bytes} |\n"
            );
        text.Append(CultureInfo.InvariantCulture, $"\n| figure | measured | bar | holds |\n|---|---|---|---|\n{_bars}");
        var file = Path.Combine(folder, $"{day}-bench.md");
        await File.WriteAllTextAsync(file, text.ToString());
        Console.WriteLine($"written to {file}");
    }

    private Row Of(string name) =>
        _rows.Find(r => r.Name == name) ?? throw new InvalidOperationException($"'{name}' was not measured.");

    // Without a bar it is only told.
    private void Bar(string name, double measured, double? most)
    {
        var holds = most is null || measured <= most;
        Holds &= holds;
        var (bar, outcome) = most is null ? ("", "") : ($"≤ {most}", holds ? "yes" : "**no**");
        Console.WriteLine($"{name}: {measured:0.00} {bar}{(holds ? "" : " DOES NOT HOLD")}");
        _bars.Append(CultureInfo.InvariantCulture, $"| {name} | {measured:0.00} | {bar} | {outcome} |\n");
    }

    private sealed record Row(string Name, double Median, double Least, double Most, long Bytes);
}
