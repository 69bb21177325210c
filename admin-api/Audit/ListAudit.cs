using System.Text.Json;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// <c>GET /v1/audit?accountId=&amp;keyId=&amp;actor=&amp;action=&amp;from=&amp;to=&amp;limit=&amp;cursor=</c>: who did what,
/// newest first. Operators see everything, an account's own actors what is the account's.
/// </summary>
public static class ListAudit
{
    /// <summary>A page of entries.</summary>
    /// <param name="Entries">Newest first.</param>
    /// <param name="NextCursor">Asks for the next page; null on the last.</param>
    public sealed record Response(IReadOnlyList<EntryView> Entries, string? NextCursor);

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app) =>
        app.MapGet("/v1/audit", Exchange.Read<Response>(ReadAsync))
            .AboutAnyAccount(Permission.Read)
            .Produces<Envelope<Response>>()
            .Takes(Parameters.AuditFilters)
            .Refuses(404, "ACCOUNT_NOT_FOUND")
            .Describe("listAuditEntries", Tags.Audit, "List audit entries");

    /// <summary>Reads a page.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who asks: what of the log it may see.</param>
    /// <param name="query">What is asked for.</param>
    public static async Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller, AuditQuery query)
    {
        if (!caller.Actor.IsOperator)
        {
            if (query.AccountId is { } asked && !string.Equals(asked, caller.AccountId, StringComparison.Ordinal))
                return Problems.AccountNotFound();
            query = query with { AccountId = caller.AccountId };
        }
        // One more than asked for tells whether there is another page.
        var entries = await admin.Database.ReadAsync(s => s.ListAuditAsync(query with { Limit = query.Limit + 1 }));
        var page = entries.Take(query.Limit).Select(View).ToList();
        return new Response(page, entries.Count > query.Limit ? page[^1].Id : null);
    }

    private static async Task<Outcome<Response>> ReadAsync(AdminServices admin, Caller caller, HttpRequest http)
    {
        var fields = new QueryFields(http.Query);
        var query = new AuditQuery(
            fields.Text("accountId"),
            fields.Text("keyId"),
            fields.Text("actor"),
            fields.Instant("from"),
            fields.Limit(),
            fields.Cursor(Ids.Audit),
            fields.Text("action"),
            fields.Instant("to")
        );
        return fields.Problem() is { } problem ? problem : await RunAsync(admin, caller, query);
    }

    private static EntryView View(AuditEntry entry) =>
        new(
            entry.Id,
            entry.At,
            new AuditActor(entry.ActorType, entry.ActorId, entry.ActorName),
            entry.Action,
            entry.AccountId,
            entry.KeyId,
            entry.Ip,
            entry.RequestId,
            Parse(entry.Before),
            Parse(entry.After)
        );

    private static Dictionary<string, JsonElement>? Parse(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json, Json.Options);
}

/// <summary>An entry.</summary>
/// <param name="Id">Id.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Action">What was done, such as <c>key.revoke</c>.</param>
/// <param name="AccountId">Whose log it belongs to; null for what concerns operators alone.</param>
/// <param name="KeyId">The key it was done to; null for none.</param>
/// <param name="Ip">Where the actor called from.</param>
/// <param name="RequestId">The request.</param>
/// <param name="Before">What changed, as it was; null when it was made.</param>
/// <param name="After">What changed, as it is; null when it was removed.</param>
public sealed record EntryView(
    string Id,
    DateTimeOffset At,
    AuditActor Actor,
    string Action,
    string? AccountId,
    string? KeyId,
    string? Ip,
    string? RequestId,
    IReadOnlyDictionary<string, JsonElement>? Before,
    IReadOnlyDictionary<string, JsonElement>? After
);

/// <summary>Who did something, as known then.</summary>
/// <param name="Type"><c>operator</c>, <c>key</c> or <c>person</c>.</param>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
public sealed record AuditActor(string Type, string Id, string Name);
