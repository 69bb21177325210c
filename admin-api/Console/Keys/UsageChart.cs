using System.Globalization;

namespace Gateway.Admin;

/// <summary>
/// Where things stand in the chart of a key's use. Across, everything is a share of the width, so that it fits any screen
/// while its letters stay as large as they are; down, it is pixels. Attributes alone: the content policy takes no style.
/// </summary>
public static class UsageChart
{
    /// <summary>Height of all of it.</summary>
    public const int Height = 152;

    /// <summary>Where the bars stand.</summary>
    public const int Floor = 128;

    private const int Ceiling = 20;

    // A day's name needs some ten hours' room to the right of its line.
    private const int LabelHours = 10;

    /// <summary>A share of the width, as an attribute has it.</summary>
    public static string Across(double hours, int all) =>
        string.Create(CultureInfo.InvariantCulture, $"{hours * 100 / all:0.###}%");

    /// <summary>How high a count stands; anything at all is seen.</summary>
    public static int Tall(long count, long most) =>
        count == 0 ? 0 : Math.Max(2, (int)Math.Round((double)count * (Floor - Ceiling) / most));

    /// <summary>A count with its thousands apart.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>An hour in the viewer's zone, such as <c>16 Nov, 14:00</c>.</summary>
    public static string Hour(DateTimeOffset at, TimeZoneInfo zone) => Local(at, zone, "d MMM, HH:mm");

    /// <summary>The hours at which a day begins in the viewer's zone, and its name; empty where that has no room.</summary>
    public static IEnumerable<(int Index, string Name)> Days(IReadOnlyList<UsageHour> hours, TimeZoneInfo zone)
    {
        for (var i = 1; i < hours.Count; i++)
        {
            var day = Local(hours[i].At, zone, "d MMM");
            if (day != Local(hours[i - 1].At, zone, "d MMM"))
                yield return (i, hours.Count - i < LabelHours ? "" : day);
        }
    }

    private static string Local(DateTimeOffset at, TimeZoneInfo zone, string format) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString(format, CultureInfo.InvariantCulture);
}
