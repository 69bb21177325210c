using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>People come into an account by invitation, and nobody lets in somebody who may do more than they.</summary>
public sealed class PeopleTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync();
        _account = (await _admin.AddAccountAsync()).Id;
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Person_IsInvited_Listed_AndRemoved()
    {
        var invited = await InviteAsync("Ada.Lovelace@Example.COM", "owner");

        invited.Succeeded(201);
        var person = invited.Data["person"]!;
        Assert.StartsWith("per_", (string)person["id"]!, StringComparison.Ordinal);
        Assert.Equal("ada.lovelace@example.com", (string)person["email"]!);
        Assert.Equal("owner", (string)person["role"]!);
        Assert.Equal("invited", (string)person["status"]!);
        Assert.Null(invited.Data["propagation"]);

        await _admin.Store.Database.WriteAsync(s => s.BindPersonAsync((string)person["id"]!, "https://id", "sub-1"));
        var listed = (await _admin.GetAsync(People)).Succeeded();
        Assert.Equal("bound", (string)listed.Data["people"]!.AsArray().Single()!["status"]!);
        Assert.DoesNotContain("sub-1", listed.Text, StringComparison.Ordinal);

        (await _admin.DeleteAsync($"{People}/{person["id"]}")).Succeeded();
        Assert.Empty((await _admin.GetAsync(People)).Data["people"]!.AsArray());
        (await _admin.DeleteAsync($"{People}/{person["id"]}")).Refused(404, "PERSON_NOT_FOUND");
    }

    [Fact]
    public async Task WhatIsNoAddress_IsRefused()
    {
        string[] emails =
        [
            "",
            "ada",
            "ada@localhost",
            "@example.com",
            "ada@@example.com",
            "ada..l@example.com",
            ".ada@example.com",
            "ada@example.com.",
            "ada@-example.com",
            "ada@exa mple.com",
            "ada@example.com\n",
            "\"ada\"@example.com",
            "ada (work)@example.com",
            "аda@example.com",
            "ada@éxample.com",
            "a234567890123456789012345678901234567890123456789012345678901234X@example.com",
        ];
        foreach (var email in emails)
            (await InviteAsync(email, "owner")).Refused(400, "VALIDATION_FAILED").WithErrors("email INVALID_EMAIL");
    }

    [Fact]
    public async Task WhatIsAnAddress_IsTaken()
    {
        string[] emails = ["a@b.co", "ada+keys@mail.example.com", "o'hara_{1}@xn--xample-9ua.com"];
        foreach (var email in emails)
            (await InviteAsync(email, "viewer")).Succeeded(201);
    }

    [Fact]
    public async Task EveryProblemOfAnInvitation_IsListedAtOnce()
    {
        (await _admin.PostAsync(People, new { role = "admin", name = "Ada" }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("email REQUIRED", "role INVALID", "name UNKNOWN_FIELD");
        (await _admin.PostAsync(People, new { email = 1, role = (string?)null }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("email WRONG_TYPE", "role REQUIRED");
    }

    [Fact]
    public async Task Address_IsUniqueInAnAccount_HoweverItIsSpelled()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        (await InviteAsync("ada@example.com", "owner")).Succeeded(201);
        (await InviteAsync("ADA@example.com", "viewer")).Refused(409, "PERSON_EXISTS");
        (
            await _admin.PostAsync($"/v1/accounts/{other}/people", new { email = "ada@example.com", role = "viewer" })
        ).Succeeded(201);
    }

    [Fact]
    public async Task KeyOfOneEnvironment_LetsNobodyIn_WhoWouldHoldThemAll()
    {
        var (_, key) = await _admin.IssueAdminKeyAsync(_account);
        var id = (string)(await InviteAsync("ada@example.com", "viewer")).Data["person"]!["id"]!;

        (await _admin.GetAsync(People, key)).Succeeded();
        foreach (var role in new[] { "owner", "viewer" })
            (await InviteAsync("eve@example.com", role, key))
                .Refused(403, "INSUFFICIENT_PERMISSIONS")
                .WithErrors("role EXCEEDS_ACTOR");
        (await _admin.DeleteAsync($"{People}/{id}", null, key)).Refused(403, "INSUFFICIENT_PERMISSIONS");
    }

    [Fact]
    public async Task WithOneEnvironment_KeyThatMayDoEverything_InvitesAndRemoves_ButNotTheLastOwner()
    {
        await using var admin = await TestAdmin.StartAsync(new() { ["Keys:Environments:live:Prefix"] = "phy_" });
        var account = (await admin.AddAccountAsync()).Id;
        var people = $"/v1/accounts/{account}/people";
        var (_, key) = await admin.IssueKeyAsync(account, new { role = "api_admin", environment = "live" });
        var developer = await admin.IssueKeyAsync(account, new { role = "api_developer", environment = "live" });
        var limited = await admin.IssueKeyAsync(
            account,
            new
            {
                role = "api_admin",
                environment = "live",
                allowedIps = new[] { "127.0.0.1" },
            }
        );

        var owner = await admin.PostAsync(people, new { email = "ada@example.com", role = "owner" }, key);
        var path = $"{people}/{owner.Succeeded(201).Data["person"]!["id"]}";
        foreach (var less in new[] { developer.Secret, limited.Secret })
            (await admin.PostAsync(people, new { email = "eve@example.com", role = "owner" }, less)).Refused(
                403,
                "INSUFFICIENT_PERMISSIONS"
            );

        (await admin.DeleteAsync(path, null, key)).Refused(409, "LAST_OWNER");
        (await admin.PostAsync(people, new { email = "bob@example.com", role = "owner" }, key)).Succeeded(201);
        (await admin.DeleteAsync(path, null, key)).Succeeded();
    }

    [Fact]
    public async Task AnotherAccountsPeople_DoNotExist()
    {
        var (_, key) = await _admin.IssueAdminKeyAsync((await _admin.AddAccountAsync()).Id);
        var id = (string)(await InviteAsync("ada@example.com", "viewer")).Data["person"]!["id"]!;

        (await _admin.GetAsync(People, key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await InviteAsync("eve@example.com", "viewer", key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.DeleteAsync($"{People}/{id}", null, key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.GetAsync("/v1/accounts/acc_none/people")).Refused(404, "ACCOUNT_NOT_FOUND");
    }

    [Fact]
    public async Task People_AreLimited()
    {
        await _admin.Store.Database.WriteAsync(async s =>
        {
            for (var i = 0; i < 100; i++)
                await s.InsertPersonAsync(
                    new Person($"per_{i}", _account, $"p{i}@example.com", "viewer", null, null, Sample.Now)
                );
        });
        (await InviteAsync("p100@example.com", "viewer")).Refused(409, "PERSON_LIMIT_REACHED");
    }

    private string People => $"/v1/accounts/{_account}/people";

    private Task<ApiAnswer> InviteAsync(string email, string role, string credential = TestAdmin.OperatorToken) =>
        _admin.PostAsync(People, new { email, role }, credential);
}
