using Microsoft.Playwright;

namespace Gateway.Tests;

/// <summary>Who looks at a page.</summary>
internal enum Looker
{
    /// <summary>Nobody who is signed in.</summary>
    Stranger,

    /// <summary>An owner of the account.</summary>
    Owner,

    /// <summary>An operator.</summary>
    Operator,
}

/// <summary>A page in a state that is worth looking at.</summary>
/// <param name="Name">Of its pictures.</param>
/// <param name="Route">The console's pattern for it.</param>
/// <param name="Who">Who looks.</param>
internal sealed record View(string Name, string Route, Looker Who = Looker.Owner)
{
    private const string Accounts = "/console/accounts";
    private const string Account = Accounts + "/{accountId}";
    private const string Administer = Account + "/administer";
    private const string Keys = Account + "/keys";
    private const string Key = Keys + "/{id}";

    /// <summary>The account; null for that with much in it.</summary>
    public Func<Scene, string>? Of { get; init; }

    /// <summary>The id in the path; null for the busy key's.</summary>
    public Func<Scene, string>? IdOf { get; init; }

    /// <summary>What follows the path.</summary>
    public string Query { get; init; } = "";

    /// <summary>What is done on the page first; null for nothing.</summary>
    public Func<Visitor, IPage, Task>? Then { get; init; }

    /// <summary>All of them. Whoever adds a page adds it here: <see cref="ConsoleEndpointsTests"/> insists.</summary>
    public static IReadOnlyList<View> All { get; } =
    [
        new("sign-in", "/console/sign-in", Looker.Stranger),
        new("sign-in-refused", "/console/sign-in", Looker.Stranger) { Then = (_, page) => SignInWronglyAsync(page) },
        new("keys", Keys) { Query = "?status=all" },
        new("keys-empty", Keys) { Of = s => s.Empty },
        new("keys-rotate", Keys) { Then = (_, page) => OpenAsync(page, AriaRole.Button, "Rotate Checkout service") },
        new("keys-revoke", Keys) { Then = (_, page) => OpenAsync(page, AriaRole.Link, "Revoke Checkout service") },
        new("keys-none-found", Keys) { Query = "?q=nothing" },
        new("keys-not-eligible", Keys) { Of = s => s.NotEligible },
        new("keys-suspended", Keys) { Of = s => s.Suspended },
        new("key", Key),
        new("key-rotating", Key) { IdOf = s => s.Rotating },
        new("key-revoked", Key) { IdOf = s => s.Revoked },
        new("key-edit", Key + "/edit"),
        new("key-expiration", Key + "/expiration"),
        new("key-revoke", Key + "/revoke"),
        new("key-revoke-wrong-name", Key + "/revoke") { Then = (_, page) => RevokeWronglyAsync(page) },
        new("key-unknown", Key) { IdOf = _ => "key_none" },
        new("new", Keys + "/new"),
        new("new-mistakes", Keys + "/new") { Then = (_, page) => MistakeAsync(page) },
        new("new-review", Keys + "/new") { Then = (_, page) => ReviewAsync(page) },
        new("new-generated", Keys + "/new") { Of = s => s.Empty, Then = (_, page) => CreateAsync(page) },
        new("session-ended", Keys + "/new") { Then = LetSessionEndAsync },
        new("account", Account),
        new("wallet-link", Account + "/wallets/link"),
        new("wallet-sign", Account + "/wallets/link") { Then = (_, page) => AskForMessageAsync(page) },
        new("wallet-unlink", Account + "/wallets/{id}/unlink") { IdOf = _ => "treasury" },
        new("person-remove", Account + "/people/{id}/remove") { IdOf = s => s.Invited },
        new("account-not-eligible", Account) { Of = s => s.NotEligible },
        new("accounts", Accounts, Looker.Operator),
        new("account-new", Accounts + "/new", Looker.Operator),
        new("administer", Administer, Looker.Operator),
        new("administer-suspend", Administer + "/suspend", Looker.Operator),
        new("administer-resume", Administer + "/resume", Looker.Operator) { Of = s => s.Suspended },
        new("administer-revoke-all", Administer + "/revoke-all", Looker.Operator),
        new("operators", "/console/operators", Looker.Operator),
        new("operator-remove", "/console/operators/{id}/remove", Looker.Operator) { IdOf = s => s.Operator },
        new("fleet", "/console/fleet", Looker.Operator),
        new("changes", "/console/changes", Looker.Operator),
        new("change", "/console/changes/{number}", Looker.Operator),
        new("routes", "/console/routes", Looker.Operator),
        new("audit", "/console/audit", Looker.Operator),
    ];

    /// <summary>Opens it.</summary>
    public async Task<IPage> OpenAsync(Visitor visitor, Scene scene)
    {
        var path = Route
            .Replace("{accountId}", AccountIn(scene))
            .Replace("{id}", (IdOf ?? (s => s.Busy))(scene))
            .Replace("{number}", "1");
        var page = await visitor.OpenAsync(path + Query);
        if (Then is not null)
            await Then(visitor, page);
        return page;
    }

    /// <summary>The account it is about.</summary>
    public string AccountIn(Scene scene) => (Of ?? (s => s.Account))(scene);

    private static async Task OpenAsync(IPage page, AriaRole role, string name)
    {
        await page.GetByRole(role, new() { Name = name }).ClickAsync();
        await page.Locator("dialog[open], :popover-open").WaitForAsync();
    }

    private static async Task SignInWronglyAsync(IPage page)
    {
        await page.GetByText("For operators").ClickAsync();
        await page.GetByLabel("Operator token").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await page.GetByRole(AriaRole.Alert).WaitForAsync();
    }

    private static async Task RevokeWronglyAsync(IPage page)
    {
        await page.GetByLabel("to confirm").FillAsync("checkout");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke key" }).ClickAsync();
        await page.GetByText("not the key’s name").WaitForAsync();
    }

    private static async Task MistakeAsync(IPage page)
    {
        await page.GetByLabel("Name").FillAsync("Mistaken");
        await page.GetByLabel("production").CheckAsync();
        await page.GetByLabel("Only these permissions (optional)").FillAsync("tokens:read !custody:*");
        await page.GetByLabel("Allowed addresses").FillAsync("203.0.113.7/24\n010.0.0.1");
        await page.GetByLabel("Date and time").FillAsync("2020-01-01T00:00");
        await page.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
        await page.GetByRole(AriaRole.Alert).WaitForAsync();
    }

    private static async Task ReviewAsync(IPage page)
    {
        await page.GetByLabel("Name").FillAsync("Settlement job");
        await page.GetByLabel("production").CheckAsync();
        await page.GetByLabel("Role").SelectOptionAsync("api_developer");
        await page.GetByLabel("treasury").CheckAsync();
        await page.GetByLabel("Allowed addresses").FillAsync("203.0.113.0/24");
        await page.GetByLabel("Description").FillAsync("Runs each night at two.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create key" }).WaitForAsync();
    }

    private static async Task CreateAsync(IPage page)
    {
        await page.GetByLabel("Name").FillAsync("First bot");
        await page.GetByLabel("sandbox").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await page.GetByLabel("API key", new() { Exact = true }).WaitForAsync();
    }

    private static async Task AskForMessageAsync(IPage page)
    {
        await page.GetByLabel("Address").FillAsync(Scene.LongWallet);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.GetByLabel("Message to sign").WaitForAsync();
    }

    private static async Task LetSessionEndAsync(Visitor visitor, IPage page)
    {
        await page.GetByLabel("Name").FillAsync("Settlement job");
        await page.GetByLabel("production").CheckAsync();
        await visitor.ExpireAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
        await page.GetByText("Your session has ended").First.WaitForAsync();
    }
}
