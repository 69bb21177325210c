namespace Gateway.Tests;

/// <summary>How far explorations go.</summary>
internal static class Bound
{
    /// <summary>Whether <c>MODEL=deep</c> asks for the larger models: some minutes and some gigabytes.</summary>
    public static bool IsDeep => Environment.GetEnvironmentVariable("MODEL") == "deep";
}
