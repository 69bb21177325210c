using System.Data.Common;
using System.Text;

namespace Gateway.Admin;

/// <summary>
/// Answers with the log as a file, a page at a time: however long the log is, the process holds one page of it, and no
/// read of the store stays open while a slow browser takes what was read.
/// <para>A store that fails on the way ends the connection instead of the file: what is saved then is seen to be cut off,
/// and not taken for all there is.</para>
/// </summary>
/// <param name="filter">Which entries.</param>
/// <param name="name">Of the file.</param>
public sealed class AuditDownload(AuditFilter filter, string name) : IResult
{
    // A page of full entries is some hundred kilobytes.
    private const int PageSize = 500;

    private static readonly string[] Head =
    [
        "id",
        "at",
        "actorType",
        "actorId",
        "actorName",
        "action",
        "accountId",
        "keyId",
        "ip",
        "requestId",
        "before",
        "after",
    ];

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext http)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        // Before the first byte, so that a store that is away is said on a page.
        var page = await ReadAsync(admin, caller, filter.After);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        var text = new StringBuilder();
        Csv.Append(text, Head);
        try
        {
            while (true)
            {
                foreach (var entry in page.Entries)
                    Csv.Append(text, Cells(entry));
                await http.Response.WriteAsync(text.ToString(), Encoding.UTF8, http.RequestAborted);
                text.Clear();
                if (page.NextCursor is not { } next)
                    return;
                page = await ReadAsync(admin, caller, next);
            }
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            http.Abort();
        }
    }

    private async Task<ListAudit.Response> ReadAsync(AdminServices admin, Caller caller, string? after)
    {
        var query = filter.ToQuery(PageSize) with { After = after };
        // Operators are refused nothing of the log.
        return (await ListAudit.RunAsync(admin, caller, query)).Value
            ?? throw new InvalidOperationException("The log is for operators.");
    }

    private static string?[] Cells(EntryView entry) =>
        [
            entry.Id,
            Json.Format(entry.At),
            entry.Actor.Type,
            entry.Actor.Id,
            entry.Actor.Name,
            entry.Action,
            entry.AccountId,
            entry.KeyId,
            entry.Ip,
            entry.RequestId,
            Text(entry.Before),
            Text(entry.After),
        ];

    private static string? Text(IReadOnlyDictionary<string, System.Text.Json.JsonElement>? fields) =>
        fields is null ? null : System.Text.Json.JsonSerializer.Serialize(fields, Json.Options);
}
