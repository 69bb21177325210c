using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Telemetry;

/// <summary>
/// Metrics as Prometheus text (exposition format 0.0.4), collected as they are asked for. It stands in for the exporter
/// package, which this build's feed does not carry: <c>AddPrometheusExporter</c> can replace it. Both processes compile
/// this file; it belongs to neither, hence the namespace.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusText(Action<StringBuilder>? more = null) : BaseExporter<Metric>, IPullMetricExporter
{
    /// <summary>Media type of the answer.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    // A scrape that cannot be had within this is not worth waiting for: Prometheus gives up at 10 s by default.
    private const int CollectTimeoutMs = 5_000;

    private readonly StringBuilder _text = new();
    private readonly Lock _one = new();

    /// <inheritdoc/>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>The metrics now. One scrape at a time.</summary>
    public string Scrape()
    {
        lock (_one)
        {
            _text.Clear();
            Collect?.Invoke(CollectTimeoutMs);
            more?.Invoke(_text);
            return _text.ToString();
        }
    }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        // The same name from two meters is one family: its header may be written only once.
        var families = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var name = NameOf(metric);
            if (!families.TryGetValue(name, out var text))
            {
                families.Add(name, text = new StringBuilder());
                WriteHeader(text, name, metric);
            }
            WritePoints(text, name, metric);
        }
        foreach (var family in families.Values)
            _text.Append(family);
        return ExportResult.Success;
    }

    /// <summary>Writes a histogram that is no instrument's.</summary>
    /// <param name="text">Gets it.</param>
    /// <param name="name">Name of the family.</param>
    /// <param name="help">What it says, in one line.</param>
    /// <param name="bounds">Upper bounds of the buckets but the last, which has none.</param>
    /// <param name="counts">What each bucket holds.</param>
    /// <param name="sum">Sum of all that was recorded.</param>
    internal static void WriteHistogram(
        StringBuilder text,
        string name,
        string help,
        ReadOnlySpan<double> bounds,
        ReadOnlySpan<long> counts,
        double sum
    )
    {
        text.Append($"# HELP {name} {help}\n# TYPE {name} histogram\n");
        long count = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            count += counts[i];
            var bound = i < bounds.Length ? bounds[i] : double.PositiveInfinity;
            Write(text, name + "_bucket", $"le=\"{Number(bound)}\"", count);
        }
        Write(text, name + "_sum", "", sum);
        Write(text, name + "_count", "", count);
    }

    private static string NameOf(Metric metric)
    {
        var name = new StringBuilder();
        foreach (var c in metric.Name)
            name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        var unit = metric.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        if (unit.Length > 0 && !name.ToString().EndsWith(unit, StringComparison.Ordinal))
            name.Append(unit);
        if (IsCounter(metric) && !name.ToString().EndsWith("_total", StringComparison.Ordinal))
            name.Append("_total");
        return metric.MetricType == MetricType.Histogram ? name.ToString() : WithoutCount(name.ToString());
    }

    // "_count" is the name of a histogram's own sample: a gauge that ends so is called by what it counts.
    private static string WithoutCount(string name) =>
        !name.EndsWith("_count", StringComparison.Ordinal) ? name
        : name.EndsWith("y_count", StringComparison.Ordinal) ? name[..^"y_count".Length] + "ies"
        : name[..^"_count".Length] + "s";

    private static bool IsCounter(Metric metric) => metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;

    private static void WriteHeader(StringBuilder text, string name, Metric metric)
    {
        var type =
            IsCounter(metric) ? "counter"
            : metric.MetricType == MetricType.Histogram ? "histogram"
            : "gauge";
        var help = metric.Description.ReplaceLineEndings(" ").Replace("\\", "\\\\", StringComparison.Ordinal);
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private static void WritePoints(StringBuilder text, string name, Metric metric)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = LabelsOf(point.Tags);
            switch (metric.MetricType)
            {
                case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                    Write(text, name, labels, point.GetSumLong());
                    break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                    Write(text, name, labels, point.GetSumDouble());
                    break;
                case MetricType.LongGauge:
                    Write(text, name, labels, point.GetGaugeLastValueLong());
                    break;
                case MetricType.DoubleGauge:
                    Write(text, name, labels, point.GetGaugeLastValueDouble());
                    break;
                case MetricType.Histogram:
                    WriteHistogram(text, name, labels, point);
                    break;
            }
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, MetricPoint point)
    {
        var separator = labels.Length == 0 ? "" : ",";
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            Write(text, name + "_bucket", $"{labels}{separator}le=\"{Number(bucket.ExplicitBound)}\"", count);
        }
        Write(text, name + "_sum", labels, point.GetHistogramSum());
        Write(text, name + "_count", labels, point.GetHistogramCount());
    }

    private static string LabelsOf(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (labels.Length > 0)
                labels.Append(',');
            foreach (var c in key)
                labels.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
            labels
                .Append("=\"")
                .Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""))
                .Append('"');
        }
        return labels.ToString();
    }

    /// <summary>A label's value as it is written between its quotes.</summary>
    internal static string Escape(string value) =>
        value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static void Write(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
