using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What the table of keys shows.</summary>
/// <param name="Keys">The keys, newest first, each with the secret it replaces while that works.</param>
/// <param name="Next">Cursor of the next page; null on the last.</param>
/// <param name="Filter">What is asked for.</param>
/// <param name="Count">How many active keys there are, of how many.</param>
/// <param name="Eligibility">Whether more can be made, and why not.</param>
/// <param name="Environments">Names of the environments.</param>
/// <param name="Notice">What was just done; null for nothing.</param>
/// <param name="Once">For the rotations in the table.</param>
/// <param name="Leaks">Keys whose secrets others know.</param>
public sealed record KeysModel(
    IReadOnlyList<KeyEntry> Keys,
    string? Next,
    KeyFilter Filter,
    CountKeys.Response Count,
    GetEligibility.Response Eligibility,
    IReadOnlyList<string> Environments,
    Notice? Notice,
    string Once,
    IReadOnlyList<LeakNotice> Leaks
);

/// <summary>The pages about an account's keys. The table is here; each thing that can be done has a file of its own.</summary>
public static class KeysPages
{
    /// <summary>Where they are, below the account.</summary>
    public const string Path = "/keys";

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        account.MapPage(Path, ListAsync).ForAccount(Permission.Read);
        CreateKeyPages.Map(account);
        KeyPages.Map(account);
        RotateKeyPages.Map(account);
        RevokeKeyPages.Map(account);
        EditKeyPages.Map(account);
        ExpirationPages.Map(account);
    }

    /// <summary>Path of the table.</summary>
    public static string PathOf(HttpContext http) => ConsoleApp.AccountPath(http.Caller().AccountId) + Path;

    /// <summary>Path of a key's page.</summary>
    public static string PathOf(HttpContext http, string keyId) => $"{PathOf(http)}/{keyId}";

    /// <summary>Id of the key in the path.</summary>
    public static string IdOf(HttpContext http) => (string)http.Request.RouteValues["id"]!;

    private static async Task<IResult> ListAsync(HttpContext http)
    {
        var (admin, caller, filter) = (http.Admin(), http.Caller(), KeyFilter.Read(http.Request.Query));
        if (!(await ListKeys.RunAsync(admin, caller, filter.ToQuery())).TryGet(out var page, out var problem))
            return new RefusedPage(problem);
        if (!(await CountKeys.RunAsync(admin, caller)).TryGet(out var count, out problem))
            return new RefusedPage(problem);
        if (!(await GetEligibility.RunAsync(admin, caller)).TryGet(out var eligibility, out problem))
            return new RefusedPage(problem);
        var model = new KeysModel(
            await KeyEntry.PairAsync(admin, page.ApiKeys, filter),
            page.NextCursor,
            filter,
            count,
            eligibility,
            [.. admin.KeyFormat.Environments.Select(e => e.Name)],
            await Notice.FindAsync(http),
            Ids.Random(),
            await LeakNotice.FindAsync(admin, caller)
        );
        return new Page<KeysPage, KeysModel>(model);
    }
}
