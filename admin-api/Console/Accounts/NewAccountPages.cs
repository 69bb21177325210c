using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What is shown to make an account.</summary>
/// <param name="Form">What was typed.</param>
/// <param name="Errors">What is wrong with it.</param>
/// <param name="Configured">The limit of active keys of an account that has none of its own.</param>
public sealed record NewAccountModel(AccountForm Form, FormErrors Errors, int Configured);

/// <summary>Making an account: for operators.</summary>
public static class NewAccountPages
{
    /// <summary>Where it is; no id of an account is spelled like it.</summary>
    public const string Path = AccountsPages.Path + "/new";

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage(Path, http => Task.FromResult(Show(http, new AccountForm { Once = Ids.Random() }, FormErrors.None)))
            .ForOperators();
        app.MapForm(Path, CreateAsync).ForOperators();
    }

    private static IResult Show(HttpContext http, AccountForm form, FormErrors errors) =>
        new Page<NewAccountPage, NewAccountModel>(
            new(form, errors, http.Admin().Settings.Keys.MaxActivePerAccount),
            errors.Status
        );

    private static async Task<IResult> CreateAsync(HttpContext http)
    {
        var typed = AccountForm.Read(await http.Request.ReadFormAsync(http.RequestAborted));
        var errors = new List<FieldError>();
        var request = Fields.Read(typed.ToBody(), CreateAccount.Request.Read, errors, http.Admin().KeyFormat);
        if (errors.Count > 0)
            return Show(http, typed, new FormErrors(Problems.Validation(errors)));
        var outcome = await ConsoleWrites.OnceAsync<AccountAnswer>(
            http,
            typed.Once,
            caller => CreateAccount.RunAsync(http.Admin(), caller, request)
        );
        if (outcome.TryGet(out var written, out var problem))
            return new SeeOther(ConsoleApp.AccountPath(written.Answer.Account.Id) + AdministerPages.Path);
        return problem.Code == ConsoleProblems.AlreadyDone().Code
            ? new RefusedPage(ConsoleProblems.SentTwice())
            : Show(http, typed, new FormErrors(problem));
    }
}
