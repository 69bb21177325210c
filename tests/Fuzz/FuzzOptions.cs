using System.Globalization;

namespace Gateway.Tests;

/// <summary>How much is fuzzed, and from which seed: the same for everybody in <c>make test</c>, however slow the machine
/// is, and for as long as asked in <c>make fuzz</c>. What is sent follows from the seed alone.</summary>
internal static class FuzzOptions
{
    /// <summary>The seed.</summary>
    public static int Seed { get; } = Read("FUZZ_SEED", 20_261_122);

    /// <summary>For how long requests are sent, if that is more than <see cref="Requests"/>.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(Read("FUZZ_SECONDS", AttackReport.IsFull ? 30 : 0));

    /// <summary>How many are sent at least.</summary>
    public const int Requests = 3_000;

    /// <summary>Whether more is asked for than <c>make test</c> has time for.</summary>
    public static bool IsLong { get; } = Time > TimeSpan.Zero;

    /// <summary>How many times as many cases a property is held against.</summary>
    public static int Times { get; } = IsLong ? 50 : 1;

    /// <summary>Numbers for one execution, whatever ran before it.</summary>
    public static Random RandomOf(long execution) => new(unchecked((int)((Seed * 1_000_003L) + execution)));

    private static int Read(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;
}
