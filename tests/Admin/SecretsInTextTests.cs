using Gateway.Admin;

namespace Gateway.Tests;

/// <summary>A key or an operator's token that somebody pastes where text is kept is refused: it would be shown to everybody who
/// may see the account, and stand in the audit log for good.</summary>
public sealed class SecretsInTextTests(SqliteAdmin shared) : IClassFixture<SqliteAdmin>
{
    // What is to be stopped is named by its secret.
    private static readonly string[] AskForOne = ["reportLeaks", "revokeHeldKey"];

    private readonly TestAdmin _admin = shared.Admin;

    [Fact]
    public async Task EveryTextField_RefusesOne_AndRepeatsNothingOfIt()
    {
        var account = (await _admin.AddAccountAsync()).Id;
        var (id, secret) = await _admin.IssueKeyAsync(account);
        var places = new ProbeFields((await ApiContract.GetAsync(_admin.Client)).Document)
            .All()
            .Where(p => !AskForOne.Contains(p.Operation))
            .ToList();
        Assert.True(places.Count > 20, $"{places.Count} fields");
        foreach (var place in places)
        foreach (var pasted in new[] { secret, $"key: {secret}\n(CI)", OperatorTokens.Generate() })
        {
            var path = place
                .Template.Replace("{accountId}", account, StringComparison.Ordinal)
                .Replace("{id}", id, StringComparison.Ordinal)
                .Replace("/v1/api-keys", $"/v1/accounts/{account}/api-keys", StringComparison.Ordinal);
            var answer = await _admin.SendAsync(place.Method, path, place.Body([], pasted));
            Assert.True(answer.Status is 400, $"{place}: {answer.Status} {answer.Text}");
            Assert.DoesNotContain(pasted.Trim()[..20], answer.Text, StringComparison.Ordinal);
            if (place.Field is "name" or "description" or "label")
                Assert.Contains(
                    answer.Body["errors"]!.AsArray(),
                    e => (string)e!["field"]! == place.Field && (string)e["code"]! == "CONTAINS_SECRET"
                );
        }
        var log = await _admin.GetAsync($"/v1/audit?accountId={account}");
        Assert.DoesNotContain(secret, log.Text + _admin.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TextThatSpeaksOfKeys_IsTaken()
    {
        var account = (await _admin.AddAccountAsync()).Id;
        var (_, secret) = await _admin.IssueKeyAsync(account);
        string[] names =
        [
            secret[..9],
            secret[..^1] + (secret[^1] == 'a' ? 'b' : 'a'),
            "gwop_ is what the tokens of operators begin with, all of them",
        ];
        foreach (var name in names)
            (
                await _admin.PostAsync($"/v1/accounts/{account}/api-keys", new { name, environment = "sandbox" })
            ).Succeeded(201);
    }

    [Fact]
    public async Task FormOfTheConsole_RefusesOneToo()
    {
        await using var admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        using var browser = new ConsoleBrowser(admin);
        await browser.SignInAsync();
        var (_, secret) = await admin.IssueKeyAsync((await admin.AddAccountAsync()).Id);
        var page = await browser.GetAsync("/console/accounts/new");

        var answer = await browser.SubmitAsync(page.Form("/console/accounts/new"), ("name", secret));

        answer.Says(400, "Has a key or a token in it");
        Assert.DoesNotContain(secret, (await admin.GetAsync("/v1/accounts")).Text, StringComparison.Ordinal);
    }
}
