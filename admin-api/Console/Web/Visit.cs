using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What the way in has found out about a request for a page.</summary>
/// <param name="Identity">Who is signed in; null for nobody.</param>
/// <param name="Account">The account it is about; null for none.</param>
public sealed record Visit(Identity? Identity, Account? Account)
{
    private static readonly object Key = new();
    private static readonly Visit Nobody = new(null, null);

    /// <summary>That of a request.</summary>
    public static Visit Of(HttpContext http) => http.Items[Key] as Visit ?? Nobody;

    /// <summary>Says it.</summary>
    public static void Set(HttpContext http, Visit visit) => http.Items[Key] = visit;
}
