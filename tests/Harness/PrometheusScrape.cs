using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>One scrape, read strictly by the exposition format 0.0.4: a family is described once, before its samples,
/// which stand together; no sample comes twice; buckets are cumulative and end at <c>+Inf</c>.</summary>
public sealed partial class PrometheusScrape
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);
    private readonly HashSet<string> _described = new(StringComparer.Ordinal);
    private string _family = "";

    /// <summary>Reads it; fails the test where it is not as it should be.</summary>
    public PrometheusScrape(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
                Assert.True(_described.Add(_family = help.Groups["name"].Value), line);
            else if (Type().Match(line) is { Success: true } type)
                ReadType(type, line);
            else
                ReadSample(line);
        }
        foreach (var (name, type) in _types.Where(t => t.Value == "histogram"))
            CheckBuckets(name);
    }

    /// <summary>Names of the families with their types.</summary>
    public IReadOnlyDictionary<string, string> Families => _types;

    /// <summary>A sample's value, by name and labels as they are written.</summary>
    public double this[string sample] =>
        _samples.TryGetValue(sample, out var value)
            ? value
            : throw new KeyNotFoundException($"{sample} is not among\n{string.Join('\n', _samples.Keys)}");

    private void ReadType(Match type, string line)
    {
        Assert.Equal(_family, type.Groups["name"].Value);
        Assert.True(_types.TryAdd(_family, type.Groups["type"].Value), line);
    }

    private void ReadSample(string line)
    {
        var sample = Sample().Match(line);
        Assert.True(sample.Success, $"Not a sample: {line}");
        var name = sample.Groups["name"].Value;
        var family = _types[_family] == "histogram" ? Suffix().Replace(name, "") : name;
        Assert.Equal(_family, family);
        var value = sample.Groups["value"].Value;
        Assert.True(_samples.TryAdd(name + sample.Groups["labels"].Value, Number(value)), $"Twice: {line}");
    }

    private void CheckBuckets(string name)
    {
        var series = _samples.Where(s => s.Key.StartsWith(name + "_bucket{", StringComparison.Ordinal));
        foreach (var group in series.GroupBy(s => Bound().Replace(s.Key, "")))
        {
            var counts = group.Select(s => s.Value).ToList();
            Assert.Equal(counts.Order(), counts);
            Assert.EndsWith("le=\"+Inf\"}", group.Last().Key, StringComparison.Ordinal);
            var labels = group.Key[(name.Length + "_bucket{".Length)..^1];
            Assert.Equal(counts[^1], this[name + "_count" + (labels.Length > 0 ? $"{{{labels}}}" : "")]);
        }
    }

    private static double Number(string text) =>
        text switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
        };

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_][a-zA-Z0-9_]*) [^\n]+$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE (?<name>[a-zA-Z_][a-zA-Z0-9_]*) (?<type>counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex(
        """^(?<name>[a-zA-Z_][a-zA-Z0-9_]*)(?<labels>\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)+\})? (?<value>[^ ]+)$"""
    )]
    private static partial Regex Sample();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex(",?le=\"[^\"]*\"")]
    private static partial Regex Bound();
}
