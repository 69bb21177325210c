using Gateway.Admin;

namespace Gateway.Tests;

/// <summary>An operator's token that others know stops as a key does, though it be the last or stand in a setting.</summary>
public sealed class LeakedTokenTests
{
    private const string Revoke = "/v1/leaks/revoke";

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task NamedOperator_IsRemoved_Audited_AndCounted_WithoutTheToken(string provider)
    {
        await using var admin = await TestAdmin.StartAsync(SecretScanner.Settings(), provider: provider);
        var (id, token) = await CreateAsync(admin);
        var scanner = new SecretScanner(admin);

        for (var i = 0; i < 2; i++)
        {
            var answer = await scanner.ReportAsync(token, "https://example.com/file?t=" + token);
            Assert.Equal("true_positive", (string)answer.Body[0]!["label"]!);
            (await admin.GetAsync("/v1/operators", token)).Refused(401, "INVALID_API_KEY");
        }

        Assert.Empty((await admin.GetAsync("/v1/operators")).Succeeded().Data["operators"]!.AsArray());
        var log = (await admin.GetAsync("/v1/audit?actor=rep_github")).Succeeded();
        var entries = log.Data["entries"]!.AsArray();
        Assert.Equal(["operator.remove", "operator.leak"], entries.Select(e => (string)e!["action"]!));
        Assert.Equal(id, (string)entries[1]!["after"]!["operatorId"]!);
        Assert.Equal("", (string)entries[1]!["after"]!["url"]!);
        Assert.Contains($"The token of operator {id} is known to others", admin.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token, log.Text + admin.Log.Text, StringComparison.Ordinal);
        var metrics = new PrometheusScrape(await admin.Client.GetStringAsync("/metrics"));
        Assert.Equal(1, metrics["gateway_leaked_operator_tokens_total"]);
    }

    [Fact]
    public async Task TokenOfTheSettings_IsRefusedFromThenOn_ByEveryProcess_UntilItIsChanged()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var admin = await TestAdmin.StartAsync(SecretScanner.Settings(), store);
        await using var other = await TestAdmin.StartAsync(ConsoleBrowser.Settings(), store);
        using var browser = new ConsoleBrowser(other);
        await browser.SignInAsync();
        (await browser.GetAsync("/console/operators")).Says(200);

        var answer = await new SecretScanner(admin).ReportAsync(TestAdmin.OperatorToken);
        Assert.Equal("true_positive", (string)answer.Body[0]!["label"]!);

        foreach (var process in new[] { admin, other })
            (await process.GetAsync("/v1/operators")).Refused(401, "INVALID_API_KEY");
        Assert.NotNull((await browser.GetAsync("/console/operators")).Location);
        Assert.Equal(401, (await browser.SignInAsync()).Status);
        var code = await SignInCodes.CreateAsync(store.Database, other.Clock);
        var page = await browser.GetAsync("/console/sign-in");
        Assert.Equal(401, (await browser.SubmitAsync(page.Form("/console/sign-in/code"), ("code", code))).Status);

        await using var changed = await TestAdmin.StartAsync(new() { ["Admin:OperatorToken"] = "another" }, store);
        var log = (await changed.GetAsync("/v1/audit?action=operator.leak", "another")).Succeeded();
        Assert.Equal("op_configured", (string)Assert.Single(log.Data["entries"]!.AsArray())!["after"]!["operatorId"]!);
        (await changed.GetAsync("/v1/operators")).Refused(401, "INVALID_API_KEY");
    }

    [Fact]
    public async Task WhoeverHoldsIt_MayEndIt()
    {
        await using var admin = await TestAdmin.StartAsync();
        var (id, token) = await CreateAsync(admin);
        Assert.Equal(202, (await admin.PostAsync(Revoke, new { key = token }, null)).Status);
        await Eventually.TrueAsync(async () => (await admin.GetAsync("/v1/operators", token)).Status == 401);
        var log = await admin.GetAsync("/v1/audit?action=operator.leak");
        var actor = Assert.Single(log.Data["entries"]!.AsArray())!["actor"]!;
        Assert.Equal(("holder", id), ((string)actor["type"]!, (string)actor["id"]!));
    }

    [Fact]
    public async Task OperatorWhoReportsTheirOwnToken_StopsTheKeysBesideItToo()
    {
        await using var admin = await TestAdmin.StartAsync();
        var (id, token) = await CreateAsync(admin);
        var (_, secret) = await admin.IssueAdminKeyAsync((await admin.AddAccountAsync()).Id);
        object[] found = [new { token }, new { token = secret }];

        var answer = (await admin.PostAsync("/v1/leaks", found, token)).Succeeded();

        var own = answer.Data["leaks"]![0]!;
        Assert.Equal((id, "removed"), ((string)own["operatorId"]!, (string)own["status"]!));
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        (await admin.GetAsync("/v1/operators", token)).Refused(401, "INVALID_API_KEY");
    }

    [Fact]
    public async Task TokenOfNobody_IsFalse()
    {
        await using var admin = await TestAdmin.StartAsync(SecretScanner.Settings());
        var (id, token) = await CreateAsync(admin);
        (await admin.DeleteAsync($"/v1/operators/{id}")).Succeeded();
        foreach (var nobodys in new[] { token, OperatorTokens.Generate() })
            Assert.Equal(
                "false_positive",
                (string)(await new SecretScanner(admin).ReportAsync(nobodys)).Body[0]!["label"]!
            );
        const string Sql = "select count(*) from leaked_tokens";
        Assert.Equal(0, await admin.Store.Database.ReadAsync(s => s.ValueAsync<long>(Sql)));
    }

    private static async Task<(string Id, string Token)> CreateAsync(TestAdmin admin)
    {
        var made = (await admin.PostAsync("/v1/operators", new { name = "ada" })).Succeeded(201).Data["operator"]!;
        return ((string)made["id"]!, (string)made["token"]!);
    }
}
