namespace Gateway.Tests;

/// <summary>What the tests of hostile input tell of themselves, a line for each part: <c>make attack</c> collects
/// them.</summary>
internal static class AttackReport
{
    /// <summary>Says a line such as <c>matrix: 1500 cells, 0 wrong</c>.</summary>
    public static void Say(string part, string text)
    {
        var line = $"{part}: {text}";
        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }
}
