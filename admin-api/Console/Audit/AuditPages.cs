using System.Globalization;

namespace Gateway.Admin;

/// <summary>What the audit log shows.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Next">Cursor of the next page; null on the last.</param>
/// <param name="Filter">What is asked for.</param>
/// <param name="Errors">What of that cannot be read; then there are no entries.</param>
public sealed record AuditModel(IReadOnlyList<EntryView> Entries, string? Next, AuditFilter Filter, FormErrors Errors);

/// <summary>The audit log, and its download: for operators.</summary>
public static class AuditPages
{
    /// <summary>Where it is.</summary>
    public const string Path = ConsoleApp.Root + "/audit";

    /// <summary>Where the download is.</summary>
    public const string Download = Path + "/audit.csv";

    private const int PageSize = 50;

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage(Path, ShowAsync).ForOperators();
        app.MapPage(Download, SaveAsync).ForOperators();
    }

    /// <summary>The log of an account.</summary>
    public static string Of(string accountId) => $"{Path}?account={Uri.EscapeDataString(accountId)}";

    private static async Task<IResult> ShowAsync(HttpContext http)
    {
        var filter = AuditFilter.Read(http.Request);
        if (filter.Problem() is { } unreadable)
            return Show(new AuditModel([], null, filter, new FormErrors(unreadable)));
        var outcome = await ListAudit.RunAsync(http.Admin(), http.Caller(), filter.ToQuery(PageSize));
        return outcome.TryGet(out var page, out var problem)
            ? Show(new AuditModel(page.Entries, page.NextCursor, filter, FormErrors.None))
            : new RefusedPage(problem);
    }

    private static Page<AuditPage, AuditModel> Show(AuditModel model) => new(model, model.Errors.Status);

    private static Task<IResult> SaveAsync(HttpContext http)
    {
        var filter = AuditFilter.Read(http.Request);
        IResult answer = filter.Problem() is { } unreadable
            ? Show(new AuditModel([], null, filter, new FormErrors(unreadable)))
            : new AuditDownload(filter, NameAt(http.Admin().Clock.GetUtcNow()));
        return Task.FromResult(answer);
    }

    private static string NameAt(DateTimeOffset now) =>
        $"audit-{now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}.csv";
}
