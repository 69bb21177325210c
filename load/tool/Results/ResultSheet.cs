using System.Globalization;
using System.Text;

namespace Gateway.Load;

/// <summary>
/// What one command found: told as it goes, and written to <c>load/results/DAY-NAME.md</c> whether or not every bar holds.
/// </summary>
/// <param name="name">The file's name after the day.</param>
/// <param name="title">Its heading.</param>
/// <param name="command">The command as it is typed.</param>
/// <param name="folder">Where the file goes.</param>
internal sealed class ResultSheet(string name, string title, string command, string folder)
{
    private readonly DateTimeOffset _began = TimeProvider.System.GetLocalNow();
    private readonly StringBuilder _text = new();
    private int _failed;

    /// <summary>Whether every bar held so far.</summary>
    public bool Holds => _failed == 0;

    /// <summary>Begins a section, and says how it is measured.</summary>
    public void Section(string heading, string how)
    {
        Console.WriteLine($"\n{heading}");
        _text.Append(CultureInfo.InvariantCulture, $"\n## {heading}\n\n{how}\n\n");
        _text.Append("| figure | measured | bar | holds |\n|---|---|---|---|\n");
    }

    /// <summary>A figure that is only told.</summary>
    public void Tell(string figure, string measured) => Add(figure, measured, "", holds: true);

    /// <summary>A figure that is only told.</summary>
    public void Tell(string figure, double measured, string unit) => Tell(figure, Number(measured) + unit);

    /// <summary>A figure that must not exceed a bar.</summary>
    public void AtMost(string figure, double measured, double bar, string unit = "") =>
        Add(figure, Number(measured) + unit, $"≤ {Number(bar)}{unit}", measured <= bar);

    /// <summary>A figure that must not be less than a bar.</summary>
    public void AtLeast(string figure, double measured, double bar, string unit = "") =>
        Add(figure, Number(measured) + unit, $"≥ {Number(bar)}{unit}", measured >= bar);

    /// <summary>A count that is right or wrong.</summary>
    public void Exactly(string figure, long count, long expected) =>
        Add(figure, Number(count), Number(expected), count == expected);

    /// <summary>Writes it down.</summary>
    /// <returns>The exit code: 0 when every bar held.</returns>
    public async Task<int> WriteAsync()
    {
        var day = _began.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var file = Path.Combine(folder, $"{day}-{name}.md");
        var took = (TimeProvider.System.GetLocalNow() - _began).TotalSeconds;
        var machine = Machine.Describe(_began, command, took);
        await File.WriteAllTextAsync(file, $"# {title}, {day}\n\n{machine}{_text}");
        Console.WriteLine($"\n{(Holds ? "every bar holds" : $"{_failed} bars do not hold")}; written to {file}");
        return Holds ? 0 : 1;
    }

    /// <summary>A number as it is printed.</summary>
    public static string Number(double number) =>
        number.ToString(
            Math.Abs(number) >= 1_000 || number % 1 == 0 ? "#,0"
                : Math.Abs(number) >= 10 ? "0.0"
                : "0.00#",
            CultureInfo.InvariantCulture
        );

    private void Add(string figure, string measured, string bar, bool holds)
    {
        if (!holds)
            _failed++;
        var verdict =
            bar.Length == 0 ? ""
            : holds ? "yes"
            : "**no**";
        _text.Append(CultureInfo.InvariantCulture, $"| {figure} | {measured} | {bar} | {verdict} |\n");
        Console.WriteLine($"  {figure}: {measured}{(holds ? "" : $"  (bar {bar})")}");
    }
}
