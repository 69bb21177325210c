using System.Globalization;
using System.Text;

namespace Gateway.Tests;

/// <summary>One figure.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Measured">What came out.</param>
/// <param name="Bar">What it has to be; empty when it is only told.</param>
/// <param name="Holds">Whether it is.</param>
/// <param name="IsTiming">Whether a busy machine can change it.</param>
internal sealed record Figure(string Name, string Measured, string Bar, bool Holds, bool IsTiming);

/// <summary>What one measurement found.</summary>
internal sealed class FigureSection(string title)
{
    private readonly List<Figure> _figures = [];

    /// <summary>What it measured.</summary>
    public string Title => title;

    /// <summary>How it was measured, in sentences.</summary>
    public string How { get; set; } = "";

    /// <summary>A time in milliseconds, and its bar.</summary>
    public void Time(string name, double milliseconds, double bar) =>
        Add(new(name, $"{Number(milliseconds)} ms", $"≤ {Number(bar)} ms", milliseconds <= bar, IsTiming: true));

    /// <summary>Another number that a busy machine can change, and its bar.</summary>
    public void AtMost(string name, double measured, double bar, string unit = "") =>
        Add(new(name, Number(measured) + unit, $"≤ {Number(bar)}{unit}", measured <= bar, IsTiming: true));

    /// <summary>A count that is right or wrong however busy the machine is.</summary>
    /// <param name="name">What is counted.</param>
    /// <param name="count">What came out.</param>
    /// <param name="expected">What has to.</param>
    public void Count(string name, long count, long expected) =>
        Add(new(name, Number(count), Number(expected), count == expected, IsTiming: false));

    /// <summary>A count with a bound, however busy the machine is.</summary>
    public void CountAtMost(string name, long count, long bound) =>
        Add(new(name, Number(count), $"≤ {Number(bound)}", count <= bound, IsTiming: false));

    /// <summary>What is only told.</summary>
    public void Tell(string name, string measured) => Add(new(name, measured, "", Holds: true, IsTiming: false));

    /// <summary>Fails the test where a figure does not hold; a timing only in the full size.</summary>
    public void AssertHolds(FigureSize size) =>
        Assert.True(
            _figures.TrueForAll(f => f.Holds || (f.IsTiming && !size.IsFull)),
            $"{title}\n{string.Join('\n', _figures.Where(f => !f.Holds))}"
        );

    /// <summary>The section as Markdown.</summary>
    public string Markdown()
    {
        var text = new StringBuilder(
            $"## {title}\n\n{How}\n\n| figure | measured | bar | holds |\n|---|---|---|---|\n"
        );
        foreach (var f in _figures)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {f.Name} | {f.Measured} | {f.Bar} | {(f.Bar.Length == 0 ? "" : f.Holds ? "yes" : "**no**")} |\n"
            );
        return text.ToString();
    }

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        FigureSheet.Say($"{title}: {figure.Name}: {figure.Measured} {(figure.Holds ? "" : $"(bar {figure.Bar})")}");
    }

    private static string Number(double number) =>
        number.ToString(number % 1 == 0 ? "#,0" : "#,0.0#", CultureInfo.InvariantCulture);
}

/// <summary>What a run in full size found, written to <c>load/results</c> at its end, whether or not every bar holds.</summary>
public sealed class FigureSheet : IAsyncDisposable
{
    private readonly SortedDictionary<int, FigureSection> _sections = [];
    private readonly DateTimeOffset _began = TimeProvider.System.GetLocalNow();

    /// <summary>Begins a section.</summary>
    /// <param name="place">Its place among the others.</param>
    /// <param name="title">What it measures.</param>
    internal FigureSection Section(int place, string title) => _sections[place] = new FigureSection(title);

    /// <summary>Says something while it goes on, in the full size.</summary>
    internal static void Say(string line)
    {
        if (FigureSize.Current.IsFull)
            Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {line}");
    }

    /// <summary>Writes it down.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!FigureSize.Current.IsFull || _sections.Count == 0)
            return;
        var day = _began.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var name = Path.Combine("load", "results", $"{day}-receipts.md");
        var machine = Machine.Describe(_began);
        var sections = string.Join('\n', _sections.Values.Select(s => s.Markdown()));
        await File.WriteAllTextAsync(
            Path.Combine(Repository.Root, name),
            $"# Receipts, {day}\n\n{machine}\n{sections}\n## Chaos\n\nSummaries of long `make chaos` runs follow here.\n"
        );
        Say($"written to {name}");
    }
}
