using System.Text.RegularExpressions;

namespace Gateway.Admin;

/// <summary>The fields of an invitation.</summary>
public static partial class PersonFields
{
    // RFC 5321 section 4.5.3.1: 64 before the @, 254 altogether.
    private const int MaxEmailLength = 254;
    private const int MaxLocalLength = 64;
    private const string Word = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private const string Label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    /// <summary>
    /// An address that a provider would state: plain ASCII, without quotes and comments, in lower case. Two spellings of
    /// one address would be two invitations, and look-alike letters somebody else's.
    /// </summary>
    public static string Email(Fields fields)
    {
        const string Name = "email";
        var text = fields.Text(Name);
        if (text is null)
            fields.RefuseOnce(Name, "REQUIRED", "Must be an e-mail address.");
        else if (text.Length > MaxEmailLength || text.IndexOf('@') > MaxLocalLength || !Address().IsMatch(text))
            fields.Refuse(Name, "INVALID_EMAIL", "Must be an e-mail address such as name@example.com, in plain ASCII.");
        return text?.ToLowerInvariant() ?? "";
    }

    /// <summary>What the person may do.</summary>
    public static PersonRole Role(Fields fields)
    {
        const string Name = "role";
        switch (fields.Text(Name))
        {
            case "owner":
                return PersonRole.Owner;
            case "viewer":
                return PersonRole.Viewer;
            case var text:
                fields.RefuseOnce(Name, text is null ? "REQUIRED" : "INVALID", "Must be 'owner' or 'viewer'.");
                return PersonRole.Viewer;
        }
    }

    // Words with dots between them (the dot-atom of RFC 5322), then at least two labels of a host name.
    [GeneratedRegex(
        $@"^{Word}(?:\.{Word})*@(?:{Label}\.)+{Label}\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
    )]
    private static partial Regex Address();
}
