using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>Requests of one hour.</summary>
/// <param name="At">Its beginning, UTC.</param>
/// <param name="Allowed">Let through.</param>
/// <param name="Refused">Refused, for whatever reason.</param>
public sealed record UsageHour(DateTimeOffset At, long Allowed, long Refused)
{
    /// <summary>Both.</summary>
    public long Total => Allowed + Refused;
}

/// <summary>Refusals for one reason.</summary>
/// <param name="Code">The reason's code, as the caller was told it.</param>
/// <param name="Title">The same in words.</param>
/// <param name="Requests">How many.</param>
/// <param name="LastHour">The hour of the last of them.</param>
public sealed record RefusalCount(string Code, string Title, long Requests, DateTimeOffset LastHour);

/// <summary>How a key was used in the last 7 days, hour by hour.</summary>
/// <param name="Hours">Every hour, oldest first, the one that is running last; those without requests too.</param>
/// <param name="Refusals">By reason, the most frequent first.</param>
public sealed record KeyUsage(IReadOnlyList<UsageHour> Hours, IReadOnlyList<RefusalCount> Refusals)
{
    private const int HoursShown = 7 * 24;
    private const string AllowedOutcome = "allowed";

    /// <summary>Let through in all of it.</summary>
    public long Allowed => Hours.Sum(h => h.Allowed);

    /// <summary>Refused in all of it.</summary>
    public long Refused => Hours.Sum(h => h.Refused);

    /// <summary>The hour with the most requests.</summary>
    public UsageHour Peak => Hours.MaxBy(h => h.Total)!;

    /// <summary>Reads that of a key.</summary>
    public static async Task<KeyUsage> ReadAsync(AdminServices admin, string keyId)
    {
        var first = HourOf(admin.Clock.Now()).AddHours(1 - HoursShown);
        return Of(await admin.Database.ReadAsync(s => s.GetUsageAsync(keyId, first)), first);
    }

    /// <summary>The hour, UTC, that an instant is counted in.</summary>
    public static DateTimeOffset HourOf(DateTimeOffset at) =>
        new(at.UtcDateTime.Date.AddHours(at.UtcDateTime.Hour), TimeSpan.Zero);

    private static KeyUsage Of(IReadOnlyList<UsageCount> counts, DateTimeOffset first)
    {
        var byHour = counts.ToLookup(c => c.Hour);
        var hours = Enumerable
            .Range(0, HoursShown)
            .Select(i => first.AddHours(i))
            .Select(at => new UsageHour(
                at,
                byHour[at].Where(IsAllowed).Sum(c => c.Requests),
                byHour[at].Where(c => !IsAllowed(c)).Sum(c => c.Requests)
            ));
        var refusals = counts
            .Where(c => !IsAllowed(c))
            .GroupBy(c => c.Outcome, StringComparer.Ordinal)
            .Select(g => new RefusalCount(g.Key, TitleOf(g.Key), g.Sum(c => c.Requests), g.Max(c => c.Hour)))
            .OrderByDescending(r => r.Requests);
        return new KeyUsage([.. hours], [.. refusals]);
    }

    private static bool IsAllowed(UsageCount count) =>
        string.Equals(count.Outcome, AllowedOutcome, StringComparison.Ordinal);

    private static string TitleOf(string code) => Denials.All.FirstOrDefault(d => d.Code == code)?.Title ?? "";
}
