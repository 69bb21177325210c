using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What a page says of somebody who was invited or removed just now. The address names the person alone; what was
/// done is read from the audit log, so that a made-up address tells nothing that is not so.</summary>
public static class PersonNotice
{
    private const string Field = "person";

    // What was done just now is among the last things that were.
    private const int Entries = 20;

    /// <summary>The address of a page that tells of it.</summary>
    public static string On(string path, PersonView person) => $"{path}?{Field}={Uri.EscapeDataString(person.Id)}";

    /// <summary>What this request is to tell; null for nothing.</summary>
    public static async Task<Notice?> FindAsync(HttpContext http)
    {
        var (admin, caller, id) = (http.Admin(), http.Caller(), http.Request.Query[Field].ToString());
        if (id.Length == 0)
            return null;
        var query = new AuditQuery(caller.AccountId, Limit: Entries);
        var log = (await ListAudit.RunAsync(admin, caller, query)).Value?.Entries ?? [];
        return log.Where(e => IsOf(e, id)).Select(Say).FirstOrDefault();
    }

    private static bool IsOf(EntryView entry, string id) =>
        entry.Action is "person.invite" or "person.remove" && Value(entry, "id") == id;

    private static Notice Say(EntryView entry)
    {
        var email = Value(entry, "email");
        return entry.Action == "person.invite"
            ? new Notice(
                $"{email} is invited as {Value(entry, "role")}.",
                "No mail is sent: tell them to sign in here with this address.",
                true
            )
            : new Notice($"{email} is removed.", "Their next click here finds them signed out.", true);
    }

    private static string? Value(EntryView entry, string name) =>
        (entry.After ?? entry.Before) is { } fields && fields.TryGetValue(name, out var value)
            ? value.ToString()
            : null;
}
