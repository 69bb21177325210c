using System.Globalization;

namespace Gateway;

/// <summary>Durations as routes write them: a whole number and <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>.</summary>
internal static class Durations
{
    // Keeps the product within what a TimeSpan holds.
    private const int MostOfAUnit = 9_999_999;

    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        foreach (var (unit, length) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            if (!int.TryParse(text[..^unit.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                continue;
            if (count > MostOfAUnit)
                return false;
            value = count * length;
            return true;
        }
        return false;
    }

    /// <summary>The shortest way to write it, such as <c>90s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        foreach (var (unit, length) in Units.Reverse())
        {
            if (value.Ticks % length.Ticks == 0 && value != TimeSpan.Zero)
                return $"{value.Ticks / length.Ticks}{unit}";
        }
        return value == TimeSpan.Zero ? "0s" : $"{value.TotalMilliseconds}ms";
    }
}
