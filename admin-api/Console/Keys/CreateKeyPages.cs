using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What the details of a new key are chosen from.</summary>
/// <param name="Form">What was typed.</param>
/// <param name="Errors">What is wrong with it.</param>
/// <param name="Environments">The environments.</param>
/// <param name="Roles">Names of the roles, and what each grants.</param>
/// <param name="Wallets">The account's wallets.</param>
/// <param name="HasDefault">Whether a key without a role may do something.</param>
public sealed record NewKeyModel(
    KeyForm Form,
    FormErrors Errors,
    IReadOnlyList<KeyEnvironment> Environments,
    IReadOnlyList<(string Name, IReadOnlyList<string> Grants)> Roles,
    IReadOnlyList<WalletView> Wallets,
    bool HasDefault
);

/// <summary>What is about to be made.</summary>
/// <param name="Form">What was typed, to be sent once more.</param>
/// <param name="Key">What it would come to.</param>
/// <param name="Network">The environment's network; null for none.</param>
public sealed record ReviewModel(KeyForm Form, KeyView Key, string? Network);

/// <summary>A key that was made just now.</summary>
/// <param name="Key">The key with its secret: the one answer that has it.</param>
/// <param name="Receipt">Who knows it.</param>
/// <param name="ExampleUrl">What an example calls.</param>
/// <param name="Done">Where to go on.</param>
/// <param name="Previous">What it succeeds; null for none.</param>
public sealed record GeneratedModel(
    KeyView Key,
    Propagation? Receipt,
    string ExampleUrl,
    string Done,
    RotateKey.PreviousKey? Previous = null
);

/// <summary>
/// Making a key, in two steps and an answer:
/// <code>
/// GET  keys/new   details
/// POST keys/new   review in words, or the details with what is wrong
/// POST keys       makes it; the secret is in this answer, which nothing stores, and in no other
/// </code>
/// The last is not followed by a redirect: the page after it would need the secret from somewhere. A reload or the back
/// button sends the form again instead, and that is refused: it was acted on.
/// </summary>
public static class CreateKeyPages
{
    private const string Placeholder = "https://your-gateway.example/v1/…";
    private const int Created = StatusCodes.Status201Created;

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        account
            .MapPage(KeysPages.Path + "/new", http => EditAsync(http, new KeyForm(), FormErrors.None))
            .ForAccount(Permission.Write);
        account.MapForm(KeysPages.Path + "/new", ReviewAsync).ForAccount(Permission.Write);
        account.MapForm(KeysPages.Path, CreateAsync).ForAccount(Permission.Write);
    }

    /// <summary>The page that shows a secret, once.</summary>
    public static async Task<IResult> GeneratedAsync(
        HttpContext http,
        KeyView key,
        long? change,
        RotateKey.PreviousKey? previous = null
    )
    {
        var receipt = change is { } number ? await Exchange.ReceiptAsync(http, number) : null;
        var example = http.Admin().Settings.Admin.Console.ExampleUrl ?? Placeholder;
        var done = KeysPages.PathOf(http);
        return new Page<GeneratedPage, GeneratedModel>(new(key, receipt, example, done, previous), Created);
    }

    private static async Task<IResult> ReviewAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var typed = KeyForm.Read(form);
        if (form.ContainsKey("edit"))
            return await EditAsync(http, typed, FormErrors.None);
        var admin = http.Admin();
        if (!(await CheckAsync(http, typed)).TryGet(out var checkedForm, out var problem))
            return await EditAsync(http, typed, new FormErrors(problem));
        var preview = await CreateKey.PreviewAsync(admin, http.Caller(), checkedForm);
        if (!preview.TryGet(out var answer, out problem))
            return await EditAsync(http, typed, new FormErrors(problem));
        var key = answer.ApiKey;
        admin.KeyFormat.TryGetEnvironment(key.Environment, out var environment);
        var next = typed.WithEnd(key.ExpiresAt) with { Once = Ids.Random() };
        return new Page<ReviewPage, ReviewModel>(new(next, key, environment?.Network));
    }

    private static async Task<IResult> CreateAsync(HttpContext http)
    {
        var typed = KeyForm.Read(await http.Request.ReadFormAsync(http.RequestAborted));
        if (!(await CheckAsync(http, typed)).TryGet(out var request, out var problem))
            return await EditAsync(http, typed, new FormErrors(problem));
        var outcome = await ConsoleWrites.OnceAsync<KeyAnswer>(
            http,
            typed.Once,
            caller => CreateKey.RunAsync(http.Admin(), caller, request)
        );
        if (outcome.TryGet(out var written, out problem))
            return await GeneratedAsync(http, written.Answer.ApiKey, written.Change);
        return problem.Code == ConsoleProblems.AlreadyDone().Code
            ? new RefusedPage(problem)
            : await EditAsync(http, typed, new FormErrors(problem));
    }

    // What can be read is also judged, so that everything that is wrong shows at once.
    private static async Task<Outcome<CreateKey.Request>> CheckAsync(HttpContext http, KeyForm typed)
    {
        var (admin, errors) = (http.Admin(), new List<FieldError>());
        var request = Fields.Read(typed.ToBody(admin.Clock.Now()), CreateKey.Request.Read, errors, admin.KeyFormat);
        if (BeyondRole(admin, request.Role, request.Permissions) is { } beyond)
            errors.Add(beyond);
        if (errors.Count == 0)
            return request;
        var unreadable = errors.Select(e => e.Field.Split('.', '[')[0]).ToHashSet(StringComparer.Ordinal);
        var ct = http.RequestAborted;
        errors.AddRange(await CreateKey.FindProblemsAsync(admin, http.Caller(), request, unreadable, ct));
        return Problems.Validation(errors);
    }

    /// <summary>The API lets permissions replace the role's. People who give both mean to narrow it.</summary>
    internal static FieldError? BeyondRole(AdminServices admin, string? role, IReadOnlyList<string>? permissions) =>
        role is not null
        && permissions?.All(Grants.IsGrant) == true
        && admin.Settings.Roles.TryGet(role, out var grants)
        && !grants!.Covers(Grants.Parse(permissions, false, [], ""))
            ? new FieldError("permissions", "EXCEEDS_ROLE", $"Must be within what the role {role} may do.")
            : null;

    private static async Task<IResult> EditAsync(HttpContext http, KeyForm form, FormErrors errors)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        if (!(await ListWallets.RunAsync(admin, caller)).TryGet(out var wallets, out var problem))
            return new RefusedPage(problem);
        var roles = admin.Settings.Roles;
        var model = new NewKeyModel(
            form.ForEditing(Frame.ZoneOf(http.Request)),
            errors,
            admin.KeyFormat.Environments,
            [.. roles.Names.Select(n => (n, roles.TryGet(n, out var g) ? g!.Names : []))],
            wallets.Wallets,
            admin.Settings.Keys.DefaultPermissions.Count > 0
        );
        return new Page<NewKeyPage, NewKeyModel>(model, errors.Status);
    }
}
