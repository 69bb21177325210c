using System.Globalization;

namespace Gateway.Admin;

/// <summary>Instants in words, in the viewer's zone.</summary>
public static class TimeWords
{
    private const string Day = "d MMM yyyy";
    private const string Minute = "d MMM yyyy, HH:mm";
    private const string Second = "d MMM yyyy, HH:mm:ss";

    /// <summary>To the second, with the zone named.</summary>
    public static string Exact(DateTimeOffset at, TimeZoneInfo zone) => $"{Format(at, zone, Second)} {zone.Id}";

    /// <summary>To the minute, with the zone named.</summary>
    public static string ToMinute(DateTimeOffset at, TimeZoneInfo zone) => $"{Format(at, zone, Minute)} {zone.Id}";

    /// <summary>As far away as it is, such as "5 min ago" or "in 3 days"; the day when that is far.</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone)
    {
        var away = (at - now).Duration();
        if (away >= TimeSpan.FromDays(60))
            return Format(at, zone, Day);
        if (away < TimeSpan.FromMinutes(1))
            return at <= now ? "just now" : "in less than a minute";
        var span =
            away < TimeSpan.FromHours(1) ? $"{(int)away.TotalMinutes} min"
            : away < TimeSpan.FromDays(2) ? $"{(int)away.TotalHours} h"
            : $"{(int)away.TotalDays} days";
        return at <= now ? span + " ago" : "in " + span;
    }

    /// <summary>As an <c>input</c> of type <c>datetime-local</c> has it.</summary>
    public static string ForInput(DateTimeOffset at, TimeZoneInfo zone) => Format(at, zone, "yyyy-MM-dd'T'HH:mm");

    /// <summary>From such an <c>input</c>. A time that the zone skips is none; of two that it has, the later.</summary>
    public static bool TryParseInput(string text, TimeZoneInfo zone, out DateTimeOffset at)
    {
        at = default;
        string[] formats = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];
        if (!DateTime.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return false;
        if (zone.IsInvalidTime(local))
            return false;
        at = new DateTimeOffset(local, zone.GetUtcOffset(local));
        return true;
    }

    private static string Format(DateTimeOffset at, TimeZoneInfo zone, string format) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString(format, CultureInfo.InvariantCulture);
}
