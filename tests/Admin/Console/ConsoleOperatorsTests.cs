namespace Gateway.Tests;

/// <summary>Operators make and remove operators in the console.</summary>
public sealed class ConsoleOperatorsTests : IAsyncLifetime
{
    private const string Page = "/console/operators";

    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        _browser = new ConsoleBrowser(_admin);
        await _browser.SignInAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task Token_IsShownOnce_AndSignsIn_UntilItsOperatorIsRemoved()
    {
        var form = (await _browser.GetAsync(Page)).Form(Page);
        var made = await _browser.SubmitAsync(form, ("name", "Ada"));
        var token = made.Says(201, "Operator added", "will not be shown again", "Ada").Value("secret")!;

        (await _browser.SubmitAsync(form, ("name", "Ada"))).Says(409, "This was done already");
        var list = (await _browser.GetAsync(Page)).Says(200, "Ada", "1 named");
        Assert.DoesNotContain(token, list.Html, StringComparison.Ordinal);
        using var ada = new ConsoleBrowser(_admin);
        await ada.SignInAsync(token);
        (await ada.GetAsync(Page)).Says(200, "you");

        var path = Assert.Single(list.Links, l => l.EndsWith("/remove", StringComparison.Ordinal));
        var remove = (await _browser.GetAsync(path)).Form(path);
        (await _browser.SubmitAsync(remove, ("confirmation", "ada"))).Says(400, "not the operator’s name");
        (await ada.GetAsync(Page)).Says(200);
        (await _browser.FollowAsync(await _browser.SubmitAsync(remove, ("confirmation", "Ada")))).Says(200, "0 named");
        Assert.Equal(303, (await ada.GetAsync(Page)).Status);
        (await _browser.GetAsync(path)).Says(404, "No such operator");
        Assert.DoesNotContain(token, _admin.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_IsTaken_OrMissing()
    {
        (await _admin.PostAsync("/v1/operators", new { name = "Ada" })).Succeeded(201);
        var form = (await _browser.GetAsync(Page)).Form(Page);

        (await _browser.SubmitAsync(form, ("name", " "))).Says(400, "One thing needs another look");
        (await _browser.SubmitAsync(form, ("name", "Ada"))).Says(409);
    }

    [Fact]
    public async Task Operator_DoesNotRemoveItself()
    {
        var made = (await _admin.PostAsync("/v1/operators", new { name = "Ada" })).Succeeded(201).Data["operator"]!;
        using var ada = new ConsoleBrowser(_admin);
        await ada.SignInAsync((string)made["token"]!);
        var path = $"{Page}/{(string)made["id"]!}/remove";

        var form = (await ada.GetAsync(path)).Form(path);
        (await ada.SubmitAsync(form, ("confirmation", "Ada"))).Says(400, "An operator cannot remove itself");
        (await ada.GetAsync(Page)).Says(200, "Ada");
    }
}
