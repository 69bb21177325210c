using System.Globalization;
using System.Text;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The fields of a key that callers state, at create and update alike, with their limits (SPEC 2).</summary>
public static class KeyFields
{
    private const int MaxNameLength = 100;
    private const int MaxDescriptionLength = 500;
    private const int MaxPermissions = 100;
    private const int MaxAddresses = 100;
    private const int MaxBindings = 100;
    private const int MaxRequests = 1_000_000;
    private const int MaxWindowSeconds = 86_400;
    private const int MaxIdLength = 200;

    /// <summary>A name that may be shown in one line and typed again.</summary>
    public static string? Name(Fields fields, string name = "name")
    {
        var text = fields.Text(name);
        if (text is null)
            fields.RefuseOnce(name, "REQUIRED", $"Must be 1 to {MaxNameLength} characters.");
        else if (string.IsNullOrWhiteSpace(text) || LengthOf(text) > MaxNameLength)
            fields.Refuse(name, "INVALID_LENGTH", $"Must be 1 to {MaxNameLength} characters, not all of them blank.");
        else if (text.Any(IsControl))
            fields.Refuse(name, "INVALID_CHARACTER", "Must have no control characters.");
        else if (IsDeceptive(text))
            fields.Refuse(
                name,
                "INVALID_CHARACTER",
                "Must have no characters that are not seen, or that turn text around."
            );
        return text;
    }

    /// <summary>Text for people; null for none.</summary>
    public static string? Description(Fields fields)
    {
        var text = fields.Text("description");
        if (text is not null && LengthOf(text) > MaxDescriptionLength)
            fields.Refuse("description", "INVALID_LENGTH", $"At most {MaxDescriptionLength} characters.");
        if (text is not null && text.Any(c => IsControl(c) && c is not ('\n' or '\r' or '\t')))
            fields.Refuse("description", "INVALID_CHARACTER", "Must have no control characters but line breaks.");
        return text;
    }

    /// <summary>Grants; null leaves the role's.</summary>
    public static IReadOnlyList<string>? Permissions(Fields fields, string name = "permissions")
    {
        var grants = fields.Texts(name, MaxPermissions);
        for (var i = 0; i < grants?.Count; i++)
        {
            if (!Grants.IsGrant(grants[i]))
                fields.Refuse(
                    $"{name}[{i}]",
                    "INVALID_PERMISSION",
                    "Must be a permission such as 'tokens:read', or '*', 'tokens:*', '*:read'."
                );
        }
        return grants;
    }

    /// <summary>Addresses and CIDRs; null for anywhere.</summary>
    public static IReadOnlyList<string>? AllowedIps(Fields fields)
    {
        const string Name = "allowedIps";
        var entries = fields.Texts(Name, MaxAddresses);
        // Nobody means by an empty list what it would say: from nowhere.
        if (entries is { Count: 0 } && fields.Has(Name))
            fields.Refuse(Name, "INVALID_LENGTH", $"Must be null (anywhere) or 1 to {MaxAddresses} entries.");
        for (var i = 0; i < entries?.Count; i++)
        {
            if (!IpRanges.TryParseEntry(entries[i], out var problem))
                fields.Refuse($"{Name}[{i}]", "INVALID_ADDRESS", problem!);
        }
        return entries;
    }

    /// <summary>Which wallets; null when not stated.</summary>
    public static WalletScope? Scope(Fields fields)
    {
        switch (fields.Text("walletScope"))
        {
            case null:
                return null;
            case "all":
                return WalletScope.All;
            case "selected":
                return WalletScope.Selected;
            default:
                fields.Refuse("walletScope", "INVALID", "Must be 'all' or 'selected'.");
                return null;
        }
    }

    /// <summary>The wallets of a <c>selected</c> key; null when not stated.</summary>
    public static IReadOnlyList<WalletBinding>? Bindings(Fields fields)
    {
        var bindings = fields.Objects("walletBindings", MaxBindings, ReadBinding);
        var twice = bindings?.GroupBy(b => b.WalletId, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
            fields.Refuse("walletBindings", "DUPLICATE", "Must name each wallet once.");
        return bindings;
    }

    /// <summary>A wallet's id; null when not stated.</summary>
    public static string? WalletId(Fields fields, string name)
    {
        var id = fields.Text(name);
        if (id is { Length: 0 or > MaxIdLength })
            fields.Refuse(name, "INVALID_LENGTH", $"Must be 1 to {MaxIdLength} characters.");
        return id;
    }

    /// <summary>How often; null for no limit.</summary>
    public static RateLimit? Limit(Fields fields) =>
        fields.Object<RateLimit>(
            "rateLimit",
            limit => new(Bounded(limit, "requests", MaxRequests), Bounded(limit, "windowSeconds", MaxWindowSeconds))
        );

    /// <summary>An end in the future; null for none.</summary>
    public static DateTimeOffset? ExpiresAt(Fields fields) => fields.Instant("expiresAt");

    private static WalletBinding ReadBinding(Fields binding)
    {
        var id = WalletId(binding, "walletId");
        if (id is null)
            binding.RefuseOnce("walletId", "REQUIRED", "Must name a wallet of the account.");
        return new WalletBinding(id ?? "", Permissions(binding));
    }

    private static int Bounded(Fields fields, string name, int max)
    {
        var number = fields.Integer(name);
        if (number is null or < 1 || number > max)
            fields.RefuseOnce(name, number is null ? "REQUIRED" : "OUT_OF_RANGE", $"Must be 1 to {max}.");
        return number ?? 0;
    }

    /// <summary>
    /// Whether a text that is shown in one line has characters in it that nobody sees: names that look alike would be two
    /// names, one could not be typed to confirm, and text that is turned around reads as something else in a log
    /// (CVE-2021-42574). Joiners are taken: scripts and emoji need them.
    /// </summary>
    internal static bool IsDeceptive(string text)
    {
        const int NonJoiner = 0x200C;
        const int Joiner = 0x200D;
        return text.EnumerateRunes()
            .Any(r => Rune.GetUnicodeCategory(r) == UnicodeCategory.Format && r.Value is not (NonJoiner or Joiner));
    }

    // What people count: an emoji is one.
    private static int LengthOf(string text) => text.EnumerateRunes().Count();

    // Line and paragraph separators break a line too.
    private static bool IsControl(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';
}
