namespace Gateway.Admin;

/// <summary>What is said before every key of an account is stopped, or let work again.</summary>
/// <param name="Act">What is to be done.</param>
/// <param name="Keys">How many keys it concerns.</param>
/// <param name="Version">Of the account that was looked at.</param>
/// <param name="Typed">The account's name as it was typed.</param>
/// <param name="Errors">What is wrong.</param>
public sealed record StopKeysModel(
    StopKeysAct Act,
    CountKeys.Response Keys,
    string Version,
    string Typed,
    FormErrors Errors
);

/// <summary>What stops every key of an account, or takes that back.</summary>
public enum StopKeysAct
{
    /// <summary>All are refused until it is lifted.</summary>
    Suspend,

    /// <summary>The suspension is lifted.</summary>
    Resume,

    /// <summary>All are revoked, for good.</summary>
    RevokeAll,
}

/// <summary>Suspending an account, lifting that, and revoking all of its keys: each is said in full, needs the account's
/// name typed, and leads to its receipt.</summary>
public static class StopKeysPages
{
    /// <summary>Where suspending is, below <see cref="AdministerPages"/>.</summary>
    public const string Suspend = "/suspend";

    /// <summary>Where lifting it is.</summary>
    public const string Resume = "/resume";

    /// <summary>Where revoking all keys is.</summary>
    public const string RevokeAll = "/revoke-all";

    private const string Field = "confirmation";

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        foreach (var act in Enum.GetValues<StopKeysAct>())
        {
            var pattern = AdministerPages.Path + PathOf(act);
            account.MapPage(pattern, http => AskAsync(http, act, "", FormErrors.None)).ForOperators();
            account.MapForm(pattern, http => RunAsync(http, act)).ForOperators();
        }
    }

    /// <summary>Where an act is.</summary>
    public static string PathOf(StopKeysAct act) =>
        act switch
        {
            StopKeysAct.Suspend => Suspend,
            StopKeysAct.Resume => Resume,
            _ => RevokeAll,
        };

    private static async Task<IResult> AskAsync(HttpContext http, StopKeysAct act, string typed, FormErrors errors)
    {
        if (!(await CountKeys.RunAsync(http.Admin(), http.Caller())).TryGet(out var keys, out var problem))
            return new RefusedPage(problem);
        var account = AccountView.Of(Visit.Of(http).Account!);
        var model = new StopKeysModel(act, keys, AccountForm.Of(account).Version, typed, errors);
        return new Page<StopKeysPage, StopKeysModel>(model, errors.Status);
    }

    private static async Task<IResult> RunAsync(HttpContext http, StopKeysAct act)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (admin, caller, typed) = (http.Admin(), http.Caller(), form[Field].ToString());
        // The API asks for it when all keys are revoked; people are asked for it whenever keys stop or start to work.
        if (!string.Equals(typed, Visit.Of(http).Account!.Name, StringComparison.Ordinal))
            return await AskAsync(http, act, typed, NotTheName());
        var (done, problem) =
            act is StopKeysAct.RevokeAll
                ? await LeadAsync(http, await RevokeAllKeys.RunAsync(admin, caller, new(typed)))
                : await LeadAsync(
                    http,
                    await UpdateAccount.RunAsync(admin, caller, Switch(act, form["version"].ToString()))
                );
        return done ?? await AskAsync(http, act, typed, new FormErrors(problem));
    }

    private static UpdateAccount.Request Switch(StopKeysAct act, string version) =>
        new(null, null, act is StopKeysAct.Suspend, null) { IfMatch = AccountForm.IfMatch(version) };

    private static async Task<(IResult? Done, Problem? Problem)> LeadAsync<T>(
        HttpContext http,
        Outcome<Written<T>> outcome
    )
        where T : Answer =>
        outcome.TryGet(out var written, out var problem)
            ? (await ConsoleWrites.LeadAsync(http, written, AdministerPages.PathOf(http)), null)
            : (null, problem);

    private static FormErrors NotTheName() =>
        new(
            Problems.Validation(
                Field,
                Problems.ConfirmationMismatch("account").Code,
                "This is not the account’s name, letter by letter."
            )
        );
}
