using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What the page of operators shows.</summary>
/// <param name="Operators">The named ones.</param>
/// <param name="Name">The name that was typed for a new one.</param>
/// <param name="Once">For the form that makes one.</param>
/// <param name="Errors">What is wrong with it.</param>
public sealed record OperatorsModel(IReadOnlyList<OperatorView> Operators, string Name, string Once, FormErrors Errors);

/// <summary>What is said before an operator is removed.</summary>
/// <param name="Operator">Whom it concerns.</param>
/// <param name="Typed">The name as it was typed.</param>
/// <param name="Errors">What is wrong.</param>
public sealed record RemoveOperatorModel(OperatorView Operator, string Typed, FormErrors Errors);

/// <summary>The operators: the list, making one, and removing one. A new one's token is in the answer to the form that made
/// it and in no other, as a key's secret is.</summary>
public static class OperatorsPages
{
    /// <summary>Where they are.</summary>
    public const string Path = ConsoleApp.Root + "/operators";

    private const string Field = "confirmation";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage(Path, http => ListAsync(http, "", FormErrors.None)).ForOperators();
        app.MapForm(Path, CreateAsync).ForOperators();
        app.MapPage(Path + "/{id}/remove", http => AskAsync(http, "", FormErrors.None)).ForOperators();
        app.MapForm(Path + "/{id}/remove", RemoveAsync).ForOperators();
    }

    /// <summary>Where removing one is.</summary>
    public static string RemovalOf(string id) => $"{Path}/{Uri.EscapeDataString(id)}/remove";

    private static async Task<IResult> ListAsync(HttpContext http, string name, FormErrors errors)
    {
        if (!(await ListOperators.RunAsync(http.Admin())).TryGet(out var list, out var problem))
            return new RefusedPage(problem);
        var model = new OperatorsModel(list.Operators, name, Ids.Random(), errors);
        return new Page<OperatorsPage, OperatorsModel>(model, errors.Status);
    }

    private static async Task<IResult> CreateAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (name, errors) = (form["name"].ToString().Trim(), new List<FieldError>());
        var body = System.Text.Json.JsonSerializer.SerializeToElement(new { name });
        var request = Fields.Read(body, CreateOperator.Request.Read, errors, http.Admin().KeyFormat);
        if (errors.Count > 0)
            return await ListAsync(http, name, new FormErrors(Problems.Validation(errors)));
        var outcome = await ConsoleWrites.OnceAsync<OperatorAnswer>(
            http,
            form["once"].ToString(),
            caller => CreateOperator.RunAsync(http.Admin(), caller, request)
        );
        if (outcome.TryGet(out var written, out var problem))
            return new Page<OperatorMadePage, OperatorView>(written.Answer.Operator, StatusCodes.Status201Created);
        return problem.Code == ConsoleProblems.AlreadyDone().Code
            ? new RefusedPage(ConsoleProblems.OperatorMadeAlready())
            : await ListAsync(http, name, new FormErrors(problem));
    }

    private static async Task<IResult> AskAsync(HttpContext http, string typed, FormErrors errors)
    {
        if (await FindAsync(http) is not { } found)
            return new RefusedPage(AccountProblems.OperatorNotFound());
        return new Page<RemoveOperatorPage, RemoveOperatorModel>(new(found, typed, errors), errors.Status);
    }

    private static async Task<IResult> RemoveAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var typed = form[Field].ToString();
        if (await FindAsync(http) is not { } found)
            return new RefusedPage(AccountProblems.OperatorNotFound());
        if (!string.Equals(typed, found.Name, StringComparison.Ordinal))
        {
            var mismatch = Problems.ConfirmationMismatch("operator").Code;
            var wrong = Problems.Validation(Field, mismatch, "This is not the operator’s name, letter by letter.");
            return await AskAsync(http, typed, new FormErrors(wrong));
        }
        var outcome = await RemoveOperator.RunAsync(http.Admin(), http.Caller(), found.Id, new EmptyRequest());
        return outcome.TryGet(out _, out var problem)
            ? new SeeOther(Path)
            : await AskAsync(http, typed, new FormErrors(problem));
    }

    private static async Task<OperatorView?> FindAsync(HttpContext http)
    {
        var id = (string)http.Request.RouteValues["id"]!;
        var list = await ListOperators.RunAsync(http.Admin());
        return list.Value?.Operators.FirstOrDefault(o => string.Equals(o.Id, id, StringComparison.Ordinal));
    }
}
