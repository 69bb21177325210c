using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>A key's settings as the history has them and as the admin API reads and shows them.</summary>
public static class KeyBodies
{
    /// <summary>Wallets that every account of a run has.</summary>
    public static readonly IReadOnlyList<string> Wallets = ["w1", "w2", "w3"];

    /// <summary>Addresses that clients come from; null for the one they really have.</summary>
    public static readonly IReadOnlyList<string?> Clients = [null, "10.0.0.1", "10.0.1.1", "192.0.2.1"];

    private static readonly string?[] Addresses =
    [
        null,
        null,
        "10.0.0.0/24",
        "10.0.0.1 10.0.1.0/24",
        "127.0.0.1",
        "10.0.0.0/8 127.0.0.0/8",
    ];

    private static readonly string[] Grants =
    [
        "*",
        "*",
        "things:read",
        "things:read things:write",
        "things:write",
        "*:read",
        "things:*",
        "other:read",
    ];

    private static readonly string?[] Bindings = [null, null, "w1", "w1 w2"];

    /// <summary>Settings of a new key.</summary>
    public static KeySettings New(ChaosDice dice) =>
        new()
        {
            Environment = dice.Percent(85) ? "sandbox" : "production",
            Permissions = dice.Of(Grants),
            AllowedIps = dice.Of(Addresses),
            Wallets = dice.Of(Bindings),
        };

    /// <summary>What an update sets, and the names of what it sets.</summary>
    public static (KeySettings Sets, string Fields) Change(ChaosDice dice, DateTimeOffset now) =>
        dice.Below(10) switch
        {
            < 3 => (New(dice), nameof(KeySettings.Permissions)),
            < 5 => (New(dice), nameof(KeySettings.AllowedIps)),
            < 6 => (New(dice), nameof(KeySettings.Wallets)),
            < 9 => (New(dice) with { ExpiresAt = Expiry(dice, now) }, nameof(KeySettings.ExpiresAt)),
            _ => (
                new KeySettings(),
                string.Join(
                    ' ',
                    nameof(KeySettings.Permissions),
                    nameof(KeySettings.AllowedIps),
                    nameof(KeySettings.Wallets),
                    nameof(KeySettings.ExpiresAt)
                )
            ),
        };

    /// <summary>The body of a create.</summary>
    public static JsonObject ToCreate(string name, KeySettings settings)
    {
        var body = ToUpdate(settings, "Permissions AllowedIps Wallets ExpiresAt");
        (body["name"], body["environment"]) = (name, settings.Environment);
        return body;
    }

    /// <summary>The body of an update of these fields.</summary>
    public static JsonObject ToUpdate(KeySettings settings, string fields)
    {
        var body = new JsonObject();
        foreach (var field in fields.Split(' '))
        {
            switch (field)
            {
                case nameof(KeySettings.Permissions):
                    body["permissions"] = List(settings.Permissions);
                    break;
                case nameof(KeySettings.AllowedIps):
                    body["allowedIps"] = settings.AllowedIps is null ? null : List(settings.AllowedIps);
                    break;
                case nameof(KeySettings.ExpiresAt):
                    body["expiresAt"] = settings.ExpiresAt?.ToString("O", CultureInfo.InvariantCulture);
                    break;
                default:
                    body["walletScope"] = settings.Wallets is null ? "all" : "selected";
                    body["walletBindings"] = Bound(settings.Wallets);
                    break;
            }
        }
        return body;
    }

    /// <summary>Reads what the admin API showed of a key.</summary>
    public static KeySettings Read(JsonNode key) =>
        new()
        {
            Environment = (string)key["environment"]!,
            Permissions = Text(key["permissions"], p => (string)p!) ?? "",
            AllowedIps = Text(key["allowedIps"], p => (string)p!),
            Wallets =
                (string)key["walletScope"]! == "all" ? null : Text(key["walletBindings"], b => (string)b!["walletId"]!),
            ExpiresAt = (DateTimeOffset?)key["expiresAt"],
        };

    // Most expire while the run goes on; to the millisecond, which is what is stored.
    private static DateTimeOffset? Expiry(ChaosDice dice, DateTimeOffset now)
    {
        var at = now + (dice.Percent(80) ? dice.Between(1, 8) : TimeSpan.FromHours(1));
        return dice.Percent(35) ? null : DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
    }

    private static JsonArray List(string text) => [.. text.Split(' ').Select(t => (JsonNode)t)];

    private static JsonArray Bound(string? wallets) =>
        [.. (wallets?.Split(' ') ?? []).Select(w => (JsonNode)new JsonObject { ["walletId"] = w })];

    private static string? Text(JsonNode? list, Func<JsonNode?, string> of) =>
        list is null ? null : string.Join(' ', list.AsArray().Select(of));
}
