using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What is shown to change a key.</summary>
/// <param name="Key">The key as it is.</param>
/// <param name="Form">What was typed, else what it is.</param>
/// <param name="Errors">What is wrong.</param>
/// <param name="Wallets">The account's wallets.</param>
/// <param name="RoleGrants">What its role may do; null for no role.</param>
public sealed record EditKeyModel(
    KeyView Key,
    KeyForm Form,
    FormErrors Errors,
    IReadOnlyList<WalletView> Wallets,
    IReadOnlyList<string>? RoleGrants
);

/// <summary>
/// Changing what a key is called, may do, and where. Only what differs from the key as it is goes into the change: what a
/// form cannot say in full, such as an empty list of permissions, is not changed by being looked at.
/// </summary>
public static class EditKeyPages
{
    // What the form can clear: absent there, null in the change.
    private static readonly string[] Changeable =
    [
        "name",
        "description",
        "permissions",
        "walletScope",
        "walletBindings",
        "signingWalletId",
        "allowedIps",
        "rateLimit",
    ];

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        const string Pattern = KeysPages.Path + "/{id}/edit";
        account.MapPage(Pattern, http => EditAsync(http, null, FormErrors.None)).ForAccount(Permission.Write);
        account.MapForm(Pattern, ChangeAsync).ForAccount(Permission.Write);
    }

    private static async Task<IResult> EditAsync(HttpContext http, KeyForm? typed, FormErrors errors)
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        if (!(await GetKey.RunAsync(admin, caller, KeysPages.IdOf(http))).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        if (!(await ListWallets.RunAsync(admin, caller)).TryGet(out var wallets, out problem))
            return new RefusedPage(problem);
        var key = found.ApiKey;
        var role = key.Role is { } name && admin.Settings.Roles.TryGet(name, out var grants) ? grants!.Names : null;
        var model = new EditKeyModel(key, typed ?? KeyForm.Of(key), errors, wallets.Wallets, role);
        return new Page<EditKeyPage, EditKeyModel>(model, errors.Status);
    }

    private static async Task<IResult> ChangeAsync(HttpContext http)
    {
        var (admin, caller, id) = (http.Admin(), http.Caller(), KeysPages.IdOf(http));
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var typed = KeyForm.Read(form);
        if (!(await GetKey.RunAsync(admin, caller, id)).TryGet(out var found, out var problem))
            return new RefusedPage(problem);
        // Somebody else may have changed it since this page was opened: then what differs is not what was typed.
        var isStale = form["version"].ToString() != found.ApiKey.Version.ToString(CultureInfo.InvariantCulture);
        if (isStale)
            return await EditAsync(http, typed, new FormErrors(ConsoleProblems.ChangedMeanwhile()));
        if (!Read(admin, found.ApiKey, typed).TryGet(out var request, out problem))
            return await EditAsync(http, typed, new FormErrors(problem));
        var outcome = await UpdateKey.RunAsync(admin, caller, id, request);
        if (outcome.TryGet(out var written, out problem))
            return await ConsoleWrites.LeadAsync(http, written, KeysPages.PathOf(http, id));
        return problem.Status == StatusCodes.Status404NotFound
            ? new RefusedPage(problem)
            : await EditAsync(http, typed, new FormErrors(ConsoleProblems.ForPeople(problem)));
    }

    private static Outcome<UpdateKey.Request> Read(AdminServices admin, KeyView key, KeyForm typed)
    {
        var errors = new List<FieldError>();
        var request = Fields.Read(
            Difference(key, typed, admin.Clock.Now()),
            UpdateKey.Request.Read,
            errors,
            admin.KeyFormat
        );
        if (CreateKeyPages.BeyondRole(admin, key.Role, request.Permissions) is { } beyond)
            errors.Add(beyond);
        return errors.Count > 0 ? Problems.Validation(errors) : request with { IfMatch = ETags.Of(key.Version) };
    }

    private static JsonElement Difference(KeyView key, KeyForm typed, DateTimeOffset now)
    {
        var (before, after) = (Body(KeyForm.Of(key), now), Body(typed, now));
        KeepNothing(key, after["walletBindings"]);
        KeepNothing(key, before["walletBindings"]);
        var change = new JsonObject();
        foreach (var field in Changeable.Where(f => !JsonNode.DeepEquals(Ordered(before[f]), Ordered(after[f]))))
            change[field] = after[field]?.DeepClone();
        // A key that is freed for all wallets has no list of them, whatever is still ticked.
        if (change.ContainsKey("walletScope") && typed.WalletScope == "all")
            change.Remove("walletBindings");
        return JsonSerializer.SerializeToElement(change);
    }

    // A wallet for which the key may do nothing looks like one for which it is not narrowed; another wallet's change must
    // not widen it.
    private static void KeepNothing(KeyView key, JsonNode? bindings)
    {
        var nothing = key
            .WalletBindings.Where(b => b.Permissions is { Count: 0 })
            .Select(b => b.WalletId)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var binding in (bindings as JsonArray ?? []).OfType<JsonObject>())
        {
            if (binding["permissions"] is null && nothing.Contains((string)binding["walletId"]!))
                binding["permissions"] = new JsonArray();
        }
    }

    // Which wallet comes first says nothing.
    private static JsonNode? Ordered(JsonNode? value) =>
        value is JsonArray list
            ? new JsonArray([
                .. list.OrderBy(n => n!.ToJsonString(), StringComparer.Ordinal).Select(n => n!.DeepClone()),
            ])
            : value;

    private static JsonObject Body(KeyForm form, DateTimeOffset now) => JsonObject.Create(form.ToBody(now))!;
}
