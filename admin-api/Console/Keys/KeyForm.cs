using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Admin;

/// <summary>The form of a new key as it was typed. It is read into the body that the API takes, and from there on goes the
/// API's own way: one reader, one set of rules, one set of messages.</summary>
public sealed record KeyForm
{
    /// <summary>Expiry: none.</summary>
    public const string Never = "never";

    /// <summary>Expiry: at a time that is typed, in the viewer's zone.</summary>
    public const string At = "at";

    /// <summary>What the name of a field with a wallet's permissions begins with; the wallet's id follows.</summary>
    public const string NarrowedField = "for:";

    // Expiry as the review carries it on: an instant.
    private const string Instant = "instant";

    private static readonly char[] Separators = [' ', ',', '\t', '\r', '\n'];

    /// <summary>Days that can be chosen; short ones first, as they are to be preferred.</summary>
    public static IReadOnlyList<int> QuickDays { get; } = [1, 7, 30, 90, 365];

    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Description.</summary>
    public string Description { get; init; } = "";

    /// <summary>Role; empty for none.</summary>
    public string Role { get; init; } = "";

    /// <summary>Environment; empty when none was chosen.</summary>
    public string Environment { get; init; } = "";

    /// <summary>Permissions, apart by space or line; empty leaves the role's.</summary>
    public string Permissions { get; init; } = "";

    /// <summary><c>all</c> or <c>selected</c>.</summary>
    public string WalletScope { get; init; } = "all";

    /// <summary>The wallets chosen.</summary>
    public IReadOnlyList<string> Wallets { get; init; } = [];

    /// <summary>Of a wallet, chosen or not, the permissions the key is narrowed to there, as typed; none when that is
    /// empty.</summary>
    public IReadOnlyDictionary<string, string> Narrowed { get; init; } = new Dictionary<string, string>();

    /// <summary>The wallet to sign with; empty for none.</summary>
    public string SigningWallet { get; init; } = "";

    /// <summary>Requests of the rate limit; empty for none.</summary>
    public string Requests { get; init; } = "";

    /// <summary>Seconds they are counted in.</summary>
    public string Window { get; init; } = "60";

    /// <summary>Addresses, apart by space or line; empty for anywhere.</summary>
    public string AllowedIps { get; init; } = "";

    /// <summary><see cref="Never"/>, a number of days, or <see cref="At"/>.</summary>
    public string Expiry { get; init; } = "90";

    /// <summary>The time typed, for <see cref="At"/>.</summary>
    public string ExpiresAt { get; init; } = "";

    /// <summary>The zone it was typed in.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Makes it be acted on once.</summary>
    public string Once { get; init; } = "";

    /// <summary>Reads it.</summary>
    public static KeyForm Read(IFormCollection form) =>
        new()
        {
            Name = form["name"].ToString(),
            // What browsers make of a line break.
            Description = form["description"].ToString().Replace("\r\n", "\n", StringComparison.Ordinal),
            Role = form["role"].ToString(),
            Environment = form["environment"].ToString(),
            Permissions = form["permissions"].ToString(),
            WalletScope = form["walletScope"].ToString(),
            Wallets = [.. form["wallet"].OfType<string>()],
            Narrowed = form.Where(f => f.Key.StartsWith(NarrowedField, StringComparison.Ordinal))
                .ToDictionary(f => f.Key[NarrowedField.Length..], f => f.Value.ToString(), StringComparer.Ordinal),
            SigningWallet = form["signingWallet"].ToString(),
            Requests = form["requests"].ToString(),
            Window = form["window"].ToString(),
            AllowedIps = form["allowedIps"].ToString(),
            Expiry = form["expiry"].ToString(),
            ExpiresAt = form["expiresAt"].ToString(),
            Zone = form["zone"].ToString(),
            Once = form["once"].ToString(),
        };

    /// <summary>A key as it is, to be changed; without its end, which has a form of its own.</summary>
    public static KeyForm Of(KeyView key) =>
        new()
        {
            Name = key.Name,
            Description = key.Description?.Replace("\r\n", "\n", StringComparison.Ordinal) ?? "",
            Role = key.Role ?? "",
            Environment = key.Environment,
            Permissions = Join(key.Permissions),
            WalletScope = key.WalletScope == Gateway.Keys.WalletScope.All ? "all" : "selected",
            Wallets = [.. key.WalletBindings.Select(b => b.WalletId)],
            Narrowed = key.WalletBindings.ToDictionary(
                b => b.WalletId,
                b => string.Join(' ', b.Permissions ?? []),
                StringComparer.Ordinal
            ),
            SigningWallet = key.SigningWalletId ?? "",
            Requests = key.RateLimit?.Requests.ToString(CultureInfo.InvariantCulture) ?? "",
            Window = (key.RateLimit?.WindowSeconds ?? 60).ToString(CultureInfo.InvariantCulture),
            AllowedIps = Join(key.AllowedIps),
            Expiry = Never,
        };

    /// <summary>The body that the API takes.</summary>
    public JsonElement ToBody(DateTimeOffset now)
    {
        var body = new JsonObject { ["name"] = Name, ["walletScope"] = WalletScope };
        Add(body, "description", Description);
        Add(body, "role", Role);
        Add(body, "environment", Environment);
        if (Split(Permissions) is { Count: > 0 } permissions)
            body["permissions"] = permissions;
        if (WalletScope == "selected" || Wallets.Count > 0)
            body["walletBindings"] = new JsonArray([.. Wallets.Select(Binding)]);
        Add(body, "signingWalletId", SigningWallet);
        if (Split(AllowedIps) is { Count: > 0 } addresses)
            body["allowedIps"] = addresses;
        if (!string.IsNullOrWhiteSpace(Requests))
            body["rateLimit"] = new JsonObject { ["requests"] = Number(Requests), ["windowSeconds"] = Number(Window) };
        Add(body, "expiresAt", Expires(Expiry, ExpiresAt, Zone, now));
        return JsonSerializer.SerializeToElement(body);
    }

    /// <summary>The same with its end as an instant, so that a review and what follows mean the same one.</summary>
    public KeyForm WithEnd(DateTimeOffset? expiresAt) =>
        this with
        {
            Expiry = expiresAt is null ? Never : Instant,
            ExpiresAt = expiresAt is { } at ? Json.Format(at) : "",
        };

    /// <summary>The same as people edit it: an instant as a time in their zone.</summary>
    public KeyForm ForEditing(TimeZoneInfo zone) =>
        Expiry == Instant && Fields.TryParseInstant(ExpiresAt, out var at)
            ? this with
            {
                Expiry = At,
                ExpiresAt = TimeWords.ForInput(at, zone),
                Zone = zone.Id,
            }
            : this;

    /// <summary>Every field, to be sent again.</summary>
    public IEnumerable<(string Name, string Value)> Hidden() =>
        [
            ("name", Name),
            ("description", Description),
            ("role", Role),
            ("environment", Environment),
            ("permissions", Permissions),
            ("walletScope", WalletScope),
            .. Wallets.Select(w => ("wallet", w)),
            .. Narrowed.Select(n => (NarrowedField + n.Key, n.Value)),
            ("signingWallet", SigningWallet),
            ("requests", Requests),
            ("window", Window),
            ("allowedIps", AllowedIps),
            ("expiry", Expiry),
            ("expiresAt", ExpiresAt),
            ("zone", Zone),
            ("once", Once),
        ];

    /// <summary>An end as the API takes it; null for never. What cannot be read is passed on as it is, and refused
    /// there.</summary>
    public static string? Expires(string expiry, string typed, string zoneId, DateTimeOffset now)
    {
        if (expiry == Never)
            return null;
        if (
            int.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            && QuickDays.Contains(days)
        )
            return Json.Format(now.AddDays(days));
        if (expiry != At)
            return typed;
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(zoneId, out var found) ? found : TimeZoneInfo.Utc;
        return TimeWords.TryParseInput(typed, zone, out var at) ? Json.Format(at)
            : typed.Length == 0 ? "?"
            : typed;
    }

    private static string Join(IReadOnlyList<string>? entries) => string.Join('\n', entries ?? []);

    private JsonObject Binding(string wallet)
    {
        var binding = new JsonObject { ["walletId"] = wallet };
        if (Narrowed.TryGetValue(wallet, out var typed) && Split(typed) is { Count: > 0 } permissions)
            binding["permissions"] = permissions;
        return binding;
    }

    // What is no number is passed on as it is, and refused there.
    private static JsonNode Number(string text) =>
        int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : text;

    private static void Add(JsonObject body, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            body[name] = value;
    }

    private static JsonArray Split(string text) =>
        [.. text.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Select(t => (JsonNode)t)];
}
