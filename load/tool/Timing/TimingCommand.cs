using System.CommandLine;
using System.Globalization;

namespace Gateway.Load;

/// <summary>Shows that the time to refuse a key says nothing of what is secret.</summary>
internal static class TimingCommand
{
    private const int Samples = 1_000_000;

    // Twice what a difference is: a leak that is barely found today is overlooked on a busier machine.
    private const double PlantedThreshold = 2 * Welch.Threshold;
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
                + "Welch's t, the worst of six crops of the longest times. Below it, for each crop: t, and by how much the mean "
                + "of the second class is the longer, with its standard error."
        );
        foreach (var subject in subjects.Real)
        {
            var crops = Stopwatches.Compare(subject, Samples, random);
            sheet.AtMost($"{subject.Name}: \\|t\\|", Math.Abs(Welch.Worst(crops).T), Welch.Threshold);
            Tell(sheet, crops);
        }
        sheet.Section(
            "What is found",
            "The same, with a leak after the product's own code: a comparison that ends at the first difference. The first four "
                + "are planted in what was measured above, in the same order; the last is one of a few nanoseconds."
        );
        foreach (var subject in subjects.Planted.Append(subjects.Faint))
        {
            var crops = Stopwatches.Compare(subject, Samples, random);
            sheet.AtLeast($"{subject.Name}: \\|t\\|", Math.Abs(Welch.Worst(crops).T), PlantedThreshold);
            Tell(sheet, crops);
        }
        return await sheet.WriteAsync();
    }

    private static void Tell(ResultSheet sheet, IEnumerable<TimeDifference> crops)
    {
        foreach (var crop in crops)
            sheet.Tell($"– the quickest {crop.Kept * 100:0} %", Describe(crop));
    }

    private static string Describe(TimeDifference found) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"t {found.T:0.00}: {found.DifferenceNanoseconds:0.000} ± {found.StandardErrorNanoseconds:0.000} ns"
        );
}
