using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>Which entries of the audit log are shown, as the address says.</summary>
/// <param name="Account">Of one account; empty for all.</param>
/// <param name="Key">Of one key; empty for all.</param>
/// <param name="Actor">By one actor's id; empty for all.</param>
/// <param name="Action">Of one kind; empty for all.</param>
/// <param name="From">From here on, as typed; empty for the beginning.</param>
/// <param name="To">Before this, as typed; empty for the end.</param>
/// <param name="Zone">In which both were typed.</param>
/// <param name="After">Cursor; null for the first page.</param>
public sealed record AuditFilter(
    string Account,
    string Key,
    string Actor,
    string Action,
    string From,
    string To,
    TimeZoneInfo Zone,
    string? After
)
{
    // Ids are 40 characters; more is no id.
    private const int MaxLength = 100;

    private const string ZoneField = "zone";

    /// <summary>The actions there are, for the choice; others that the log may have are still found by the address.</summary>
    public static IReadOnlyList<string> Actions { get; } =
    [
        "key.create",
        "key.update",
        "key.rotate",
        "key.disable",
        "key.enable",
        "key.revoke",
        "key.leak",
        "account.create",
        "account.update",
        "account.suspend",
        "account.unsuspend",
        "wallet.link",
        "wallet.register",
        "wallet.unlink",
        "person.invite",
        "person.bind",
        "person.remove",
        "operator.create",
        "operator.remove",
        "operator.leak",
        "console.sign-in",
        "console.sign-out",
    ];

    /// <summary>Whether anything narrows the log.</summary>
    public bool IsSet => (Account + Key + Actor + Action + From + To).Length > 0;

    /// <summary>Reads it. Of instants that cannot be read the page says so; it does not show more than was asked for.</summary>
    public static AuditFilter Read(HttpRequest request)
    {
        var query = request.Query;
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(Text(query, ZoneField), out var typed)
            ? typed
            : Frame.ZoneOf(request);
        return new AuditFilter(
            Text(query, "account"),
            Text(query, "key"),
            Text(query, "actor"),
            Text(query, "action"),
            Text(query, "from"),
            Text(query, "to"),
            zone,
            Text(query, "after") is { Length: > 0 } after ? after : null
        );
    }

    /// <summary>What is wrong with one of the instants; null when nothing is.</summary>
    public Problem? Problem()
    {
        var errors = new[] { ("from", From), ("to", To) }
            .Where(f => f.Item2.Length > 0 && !TimeWords.TryParseInput(f.Item2, Zone, out _))
            .Select(f => new Keys.FieldError(f.Item1, "INVALID_INSTANT", "Must be a date and a time that there is."))
            .ToList();
        return errors.Count == 0 ? null : Problems.Validation(errors);
    }

    /// <summary>The same for the store.</summary>
    /// <param name="limit">How many entries.</param>
    public AuditQuery ToQuery(int limit) =>
        new(Or(Account), Or(Key), Or(Actor), At(From), limit, After, Or(Action), At(To));

    /// <summary>The address of a page, or of a download, of the same entries.</summary>
    public string On(string path, string? after = null)
    {
        (string Name, string Value)[] fields =
        [
            ("account", Account),
            ("key", Key),
            ("actor", Actor),
            ("action", Action),
            ("from", From),
            ("to", To),
            (ZoneField, From.Length + To.Length > 0 ? Zone.Id : ""),
            ("after", after ?? ""),
        ];
        var query = string.Join(
            '&',
            fields.Where(f => f.Value.Length > 0).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value)}")
        );
        return query.Length == 0 ? path : $"{path}?{query}";
    }

    private DateTimeOffset? At(string text) =>
        text.Length > 0 && TimeWords.TryParseInput(text, Zone, out var at) ? at : null;

    private static string? Or(string text) => text.Length == 0 ? null : text;

    private static string Text(IQueryCollection query, string name)
    {
        var text = query[name].ToString().Trim();
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }
}
