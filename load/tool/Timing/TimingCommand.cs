using System.CommandLine;
using System.Globalization;

namespace Gateway.Load;

/// <summary>Shows that the time to refuse a key says nothing of what is secret.</summary>
internal static class TimingCommand
{
    private const int Samples = 1_000_000;
    private const int Seed = 20_261_122;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var results = new Option<string>("--results") { Description = "Folder for the result.", Required = true };
        var command = new Command("timing", "Compare the times of refusals that must not differ.") { results };
        command.SetAction((result, _) => RunAsync(result.GetRequiredValue(results)));
        return command;
    }

    private static async Task<int> RunAsync(string results)
    {
        var random = new Random(Seed);
        var sheet = new ResultSheet("timing", "Times of refusals", "make timing", results);
        using var subjects = new TimingSubjects(random);
        sheet.Section(
            "What must not differ",
            $"{Samples:#,0} times of each of two classes of inputs, in random order and in one look. Inputs are pairs that are "
                + "alike in all but what is in question, never used twice, and copied to one place before the clock is read. "
                + "Welch's t, the worst of six crops of the longest times. The difference is that of the means at that crop."
        );
        foreach (var subject in subjects.Real)
        {
            var found = Stopwatches.Compare(subject, Samples, random);
            sheet.AtMost($"{subject.Name}: \\|t\\|", Math.Abs(found.T), Welch.Threshold);
            sheet.Tell($"{subject.Name}: difference", Nanoseconds(found));
        }
        sheet.Section("What does differ", "The same method finds leaks that are planted.");
        foreach (var subject in subjects.Planted)
        {
            var found = Stopwatches.Compare(subject, Samples, random);
            sheet.Tell($"{subject.Name}: \\|t\\|", Math.Abs(found.T), "");
            sheet.Tell($"{subject.Name}: difference", Nanoseconds(found));
            sheet.Exactly($"{subject.Name}: found", Math.Abs(found.T) > Welch.Threshold ? 1 : 0, 1);
        }
        return await sheet.WriteAsync();
    }

    private static string Nanoseconds(TimeDifference found) =>
        found.DifferenceNanoseconds.ToString("0.000 ns", CultureInfo.InvariantCulture);
}
