using System.Globalization;

namespace Gateway.Tests;

/// <summary>How long is fuzzed, and from which seed: the same for everybody in <c>make test</c>, as asked in
/// <c>make fuzz</c>. What is sent follows from the seed alone, how much of it from the time.</summary>
internal static class FuzzOptions
{
    /// <summary>The seed.</summary>
    public static int Seed { get; } = Read("FUZZ_SEED", 20_261_122);

    /// <summary>For how long requests are sent.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(Read("FUZZ_SECONDS", AttackReport.IsFull ? 30 : 6));

    /// <summary>How many times as many cases a property is held against.</summary>
    public static int Times { get; } = Environment.GetEnvironmentVariable("FUZZ_SECONDS") is null ? 1 : 50;

    /// <summary>Numbers for one execution, whatever ran before it.</summary>
    public static Random RandomOf(long execution) => new(unchecked((int)((Seed * 1_000_003L) + execution)));

    private static int Read(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;
}
