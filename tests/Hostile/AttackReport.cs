using System.Globalization;

namespace Gateway.Tests;

/// <summary>
/// Counts for <c>make attack</c>: lines of a file that <c>ATTACK_REPORT</c> names, <c>part TAB what TAB number</c>, which
/// the script adds up by part; <c>escalations</c> and <c>crashes</c> must come to zero. Without the variable nothing is
/// written.
/// </summary>
public static class AttackReport
{
    private static readonly string? File = Environment.GetEnvironmentVariable("ATTACK_REPORT") is { Length: > 0 } file
        ? file
        : null;
    private static readonly Lock Turn = new();

    /// <summary>Whether everything is run that there is, however long it takes.</summary>
    public static bool IsFull => File is not null;

    /// <summary>Counts verdicts.</summary>
    public static void Add(string part, IEnumerable<AttackVerdict> verdicts)
    {
        var all = verdicts.ToList();
        Add(part, "cases", all.Count);
        Add(part, "refused", all.Count(v => v.IsRefused));
        Add(part, "let through as expected", all.Count(v => !v.IsRefused && v.Faults.Count is 0));
        Add(part, "escalations", all.Count(v => v.Escalation is not null));
    }

    /// <summary>Adds a number to one of a part.</summary>
    public static void Add(string part, string what, long number)
    {
        if (File is null)
            return;
        lock (Turn)
            System.IO.File.AppendAllText(
                File,
                string.Create(CultureInfo.InvariantCulture, $"{part}\t{what}\t{number}\n")
            );
    }
}
