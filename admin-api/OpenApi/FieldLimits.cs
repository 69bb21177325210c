using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Gateway.Admin;

/// <summary>The limits of the requests' fields, as the document states them; the code that reads the fields has the
/// same, and a test holds the two together.</summary>
internal static class FieldLimits
{
    // May be left out, but not sent as null: there is nothing to clear them to.
    private static readonly HashSet<string> NeverNull = new(StringComparer.Ordinal)
    {
        "UpdateKeyRequest.name",
        "UpdateKeyRequest.walletScope",
        "UpdateAccountRequest.name",
        "UpdateAccountRequest.apiKeysEnabled",
        "UpdateAccountRequest.suspended",
        "CreateAccountRequest.apiKeysEnabled",
        "CreateAccountRequest.suspended",
        "RevokeKeyRequest.confirmation",
        "RevokeAllKeysRequest.confirmation",
    };

    /// <summary>Whether a field is never null.</summary>
    public static bool IsNeverNull(string type, string name) => NeverNull.Contains($"{type}.{name}");

    /// <summary>Fields that may be left out although they are never null.</summary>
    public static IEnumerable<string> Optional(string type) =>
        NeverNull
            .Where(n =>
                n.StartsWith(type + ".", StringComparison.Ordinal)
                && !n.EndsWith(".confirmation", StringComparison.Ordinal)
            )
            .Select(n => n[(type.Length + 1)..]);

    /// <summary>States the limits of a field.</summary>
    public static void Apply(string name, OpenApiSchema field)
    {
        switch (name)
        {
            case "name":
            case "label":
                (field.MinLength, field.MaxLength) = (1, 100);
                break;
            case "description":
                field.MaxLength = 500;
                break;
            case "permissions":
                field.MaxItems = 100;
                break;
            case "allowedIps":
                (field.MinItems, field.MaxItems) = (1, 100);
                break;
            case "walletBindings":
                field.MaxItems = 100;
                break;
            case "key":
                field.MinLength = 1;
                break;
            case "walletId":
            case "signingWalletId":
                (field.MinLength, field.MaxLength) = (1, 200);
                break;
            case "requests":
                (field.Minimum, field.Maximum) = ("1", "1000000");
                break;
            case "windowSeconds":
                (field.Minimum, field.Maximum) = ("1", "86400");
                break;
            case "gracePeriodHours":
                (field.Minimum, field.Maximum, field.Default) = ("0", "168", JsonValue.Create(24));
                break;
            case "maxActiveKeys":
                (field.Minimum, field.Maximum) = ("0", "1000");
                break;
            case "email":
                (field.Format, field.MaxLength) = ("email", 254);
                break;
            case "address":
                field.Pattern = "^[1-9A-HJ-NP-Za-km-z]{32,44}$";
                break;
            case "message":
                field.MaxLength = SignInMessage.MaxLength;
                break;
            case "signature":
                (field.MinLength, field.MaxLength, field.Format) = (64, 88, null);
                break;
        }
    }
}
