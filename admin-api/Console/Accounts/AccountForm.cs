using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Admin;

/// <summary>What an operator types about an account; read into the body that the API takes, and judged as that is.</summary>
public sealed record AccountForm
{
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it may make keys.</summary>
    public bool ApiKeysEnabled { get; init; }

    /// <summary>Its own limit of active keys, as typed; empty for the configured one.</summary>
    public string MaxActiveKeys { get; init; } = "";

    /// <summary>Random, so that the form is acted on once.</summary>
    public string Once { get; init; } = "";

    /// <summary>Version of the account the form was opened on; empty for one that is made.</summary>
    public string Version { get; init; } = "";

    /// <summary>Reads it.</summary>
    public static AccountForm Read(IFormCollection form) =>
        new()
        {
            Name = form["name"].ToString().Trim(),
            ApiKeysEnabled = form.ContainsKey("apiKeysEnabled"),
            MaxActiveKeys = form["maxActiveKeys"].ToString().Trim(),
            Once = form["once"].ToString(),
            Version = form["version"].ToString(),
        };

    /// <summary>That of an account as it is.</summary>
    public static AccountForm Of(AccountView account) =>
        new()
        {
            Name = account.Name,
            ApiKeysEnabled = account.ApiKeysEnabled,
            MaxActiveKeys = account.MaxActiveKeys?.ToString(CultureInfo.InvariantCulture) ?? "",
            Version = account.Version.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>The body. What is no number goes as it was typed, and is refused there.</summary>
    public JsonElement ToBody()
    {
        JsonNode? limit =
            MaxActiveKeys.Length == 0 ? null
            : int.TryParse(MaxActiveKeys, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
            : MaxActiveKeys;
        return JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["name"] = Name,
                ["apiKeysEnabled"] = ApiKeysEnabled,
                ["maxActiveKeys"] = limit,
            }
        );
    }

    /// <summary>Of what somebody else has not changed since the form was opened.</summary>
    public static string? IfMatch(string version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? ETags.Of(number)
            : null;
}
