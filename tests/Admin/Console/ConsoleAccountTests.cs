namespace Gateway.Tests;

/// <summary>The page of an account: what is missing to make keys, wallets that are proven, people who may.</summary>
public sealed class ConsoleAccountTests : IAsyncLifetime
{
    private readonly SolanaWallet _wallet = new();
    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;
    private string _account = "";
    private string _path = "";
    private string _self = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(
            ConsoleBrowser.Settings(
                ("Eligibility:Rules:0", "ApiKeysEnabled"),
                ("Eligibility:Rules:1", "ExternalWalletLinked"),
                ("Eligibility:Contact", "hello@example.com")
            )
        );
        _browser = new ConsoleBrowser(_admin);
        _account = (await _admin.AddAccountAsync(a => a with { ApiKeysEnabled = false })).Id;
        _path = $"/console/accounts/{_account}";
        _self = (await _browser.SignInAsync(_account, "owner")).Id;
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task EveryReason_IsSaid_WithWhatToDoAboutIt_UntilItIsDone()
    {
        foreach (var path in new[] { _path, _path + "/keys" })
        {
            var page = await _browser.GetAsync(path);
            page.Says(200, "not enabled for this account: contact hello@example.com", "Link an external wallet first");
            Assert.Contains(_path + "/wallets/link", page.Links);
        }

        await LinkAsync();
        var half = await _browser.GetAsync(_path);
        half.Says(200, "not enabled for this account");
        Assert.DoesNotContain("external wallet first", half.Text, StringComparison.Ordinal);

        (await _admin.PatchAsync($"/v1/accounts/{_account}", new { apiKeysEnabled = true })).Succeeded();
        (await _browser.GetAsync(_path)).Says(200, "may make and rotate API keys", "It has 0 of 10");
        (await _admin.PatchAsync($"/v1/accounts/{_account}", new { maxActiveKeys = 1 })).Succeeded();
        await _admin.IssueKeyAsync(_account);
        (await _browser.GetAsync(_path)).Says(200, "It has 1 of 1", "revoke one that is not used");
        (await _admin.PatchAsync($"/v1/accounts/{_account}", new { suspended = true })).Succeeded();
        (await _browser.GetAsync(_path)).Says(200, "This account is suspended", "Contact hello@example.com");
    }

    [Fact]
    public async Task Wallet_IsLinked_ByAPastedSignature_AndListedWithItsReceipt()
    {
        var asked = await _browser.GetAsync(_path + "/wallets/link");
        asked.Says(200, "Step 1 of 2");
        var toSign = await _browser.SubmitAsync(
            asked.Form(_path + "/wallets/link"),
            ("address", $" {_wallet.Address} "),
            ("label", "Treasury")
        );
        toSign.Says(200, "Step 2 of 2", $"Sign this message with {_wallet.Address}");
        var message = toSign.Value("message")!;
        Assert.Contains("wants you to sign in with your Solana account", message, StringComparison.Ordinal);
        var form = toSign.Form(_path + "/wallets");

        // As a browser sends a textarea.
        var asSent = message.Replace("\n", "\r\n", StringComparison.Ordinal);
        var garbled = await _browser.SubmitAsync(form, ("message", asSent), ("signature", "hello"));
        garbled.Says(400, "Must be the 64 bytes of a signature");
        var wrong = await _browser.SubmitAsync(
            garbled.Form(_path + "/wallets"),
            ("signature", new SolanaWallet().Sign(message))
        );
        wrong.Says(400, "not a signature of the message by that wallet");
        Assert.Equal(message, wrong.Value("message"));
        Assert.Matches("id=\"signature\"[^>]*aria-invalid=\"true\"", wrong.Html);
        Assert.Equal("Treasury", wrong.Value("label"));

        var linked = await _browser.SubmitAsync(
            wrong.Form(_path + "/wallets"),
            ("message", asSent),
            ("signature", _wallet.Sign(message))
        );
        Assert.Equal(303, linked.Status);
        var page = await _browser.FollowAsync(linked);
        page.Says(200, "The account was changed", "No gateway is running", _wallet.Address, "Treasury", "external");

        // The challenge is used up: what is left is to begin again.
        var again = await _browser.SubmitAsync(form, ("signature", _wallet.Sign(message)));
        again.Says(400, "No such challenge", "Step 1 of 2");
        Assert.Equal(_wallet.Address, again.Value("address"));
    }

    [Theory]
    [InlineData("", "Must be a Solana address")]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE7", "Must be a Solana address")]
    public async Task WhatIsNoAddress_IsSaidAtTheField(string address, string words)
    {
        var asked = await _browser.GetAsync(_path + "/wallets/link");
        var answer = await _browser.SubmitAsync(asked.Form(_path + "/wallets/link"), ("address", address));
        answer.Says(400, words, "Step 1 of 2");
        Assert.Equal(address, answer.Value("address"));
        Assert.Matches("id=\"address\"[^>]*aria-invalid=\"true\"", answer.Html);
    }

    [Fact]
    public async Task WalletOfAnotherAccount_IsNotLinked()
    {
        await _admin.LinkAsync((await _admin.AddAccountAsync()).Id, _wallet);
        var answer = await SignAsync();
        answer.Says(409, "The wallet belongs to another account", "Step 1 of 2");
    }

    [Fact]
    public async Task Unlinking_SaysWhatFollows_AndIsRefused_WhileAKeyIsBound()
    {
        await LinkAsync();
        (await _admin.PatchAsync($"/v1/accounts/{_account}", new { apiKeysEnabled = true })).Succeeded();
        var (id, _) = await _admin.IssueKeyAsync(_account, new { name = "signer", signingWalletId = _wallet.Address });
        var unlink = $"{_path}/wallets/{_wallet.Address}/unlink";
        Assert.Contains(unlink, (await _browser.GetAsync(_path)).Links);

        var bound = await _browser.GetAsync(unlink);
        bound.Says(200, "An API key is bound to this wallet", "signer");
        var token = bound.Form("/console/sign-out").Fields;
        var refused = await _browser.PostAsync(unlink, token, _admin.Url);
        refused.Says(409, "An API key is bound to the wallet", "signer");

        await _admin.DeleteAsync($"/v1/accounts/{_account}/api-keys/{id}", new { confirmation = "signer" });
        var free = await _browser.GetAsync(unlink);
        free.Says(200, "only external wallet", "sign another message");
        var done = await _browser.FollowAsync(await _browser.SubmitAsync(free.Form(unlink)));
        done.Says(200, "The account was changed", "No wallet is linked", "Link an external wallet first");
        (await _browser.GetAsync(unlink)).Says(404, "No such wallet");
        (await _browser.SubmitAsync(free.Form(unlink))).Says(404, "No such wallet");
    }

    [Fact]
    public async Task Person_IsInvited_Listed_AndRemoved()
    {
        var page = await _browser.GetAsync(_path);
        page.Says(200, "(you)", "has signed in", "No identity provider is configured yet");
        var form = page.Form(_path + "/people");
        Assert.Contains(("role", "viewer"), form.Fields);

        var wrong = await _browser.SubmitAsync(form, ("email", "no address"), ("role", "owner"));
        wrong.Says(400, "Must be an e-mail address");
        Assert.Equal("no address", wrong.Value("email"));
        Assert.Contains(("role", "owner"), wrong.Form(_path + "/people").Fields);

        var invited = await _browser.SubmitAsync(form, ("email", "Ada@Example.com"));
        page = await _browser.FollowAsync(invited);
        page.Says(200, "ada@example.com is invited as viewer", "No mail is sent", "invited");
        (await _browser.SubmitAsync(form, ("email", "ada@example.com"))).Says(409, "The person is invited already");

        var remove = page.Links.Single(l =>
            l.EndsWith("/remove", StringComparison.Ordinal) && !l.Contains(_self, StringComparison.Ordinal)
        );
        var asked = await _browser.GetAsync(remove);
        asked.Says(200, "Remove ada@example.com", "The invitation is taken back");
        var removed = await _browser.FollowAsync(await _browser.SubmitAsync(asked.Form(remove)));
        removed.Says(200, "ada@example.com is removed");
        (await _browser.SubmitAsync(asked.Form(remove))).Says(404, "No such person");
        // A made-up address tells nothing.
        Assert.DoesNotContain("is removed", (await _browser.GetAsync(_path + "?person=per_0")).Text);
    }

    [Fact]
    public async Task RemovingSomebody_NamesTheKeysTheyMade_AndTheLastOwnerStays()
    {
        await LinkAsync();
        (await _admin.PatchAsync($"/v1/accounts/{_account}", new { apiKeysEnabled = true })).Succeeded();
        var details = (await _browser.GetAsync(_path + "/keys/new")).Form(_path + "/keys/new");
        var review = await _browser.SubmitAsync(details, ("name", "left behind"), ("environment", "sandbox"));
        (await _browser.SubmitAsync(review.Form(_path + "/keys"))).Says(201);
        var remove = $"{_path}/people/{_self}/remove";

        var asked = await _browser.GetAsync(remove);
        asked.Says(200, "That is you", "A key you made goes on working", "left behind");
        (await _browser.SubmitAsync(asked.Form(remove))).Says(409, "The account's last owner");

        using var other = new ConsoleBrowser(_admin);
        await other.SignInAsync(_account, "owner", "sub-2");
        asked = await other.GetAsync(remove);
        asked.Says(200, "They lose access", "left behind");
        (await other.FollowAsync(await other.SubmitAsync(asked.Form(remove)))).Says(200, "is removed");
        Assert.StartsWith("/console/sign-in", (await _browser.GetAsync(_path)).Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewer_SeesTheAccount_AndChangesNothingOfIt()
    {
        await LinkAsync();
        var person = await _browser.SignInAsync(_account, "viewer", "sub-2");
        var page = await _browser.GetAsync(_path);

        page.Says(200, _wallet.Address, person.Email, "Owners invite and remove people");
        Assert.Equal(["/console/sign-out"], page.Forms.Select(f => f.Action));
        Assert.DoesNotContain(
            page.Links,
            l => l.EndsWith("/remove", StringComparison.Ordinal) || l.Contains("/wallets", StringComparison.Ordinal)
        );
        var wallet = $"{_path}/wallets/{_wallet.Address}/unlink";
        string[] pages = [_path + "/wallets/link", wallet, $"{_path}/people/{_self}/remove"];
        foreach (var path in pages)
            (await _browser.GetAsync(path)).Says(403, "You may see this account, not change it");
        var token = page.Form("/console/sign-out").Fields;
        foreach (var path in pages.Concat([_path + "/wallets", _path + "/people"]))
            (await _browser.PostAsync(path, token, _admin.Url)).Says(403);
        Assert.Single((await _admin.GetAsync($"/v1/accounts/{_account}/wallets")).Data["wallets"]!.AsArray());
    }

    [Fact]
    public async Task AccountOfOthers_DoesNotExist()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        await _admin.LinkAsync(other, _wallet);
        var token = (await _browser.GetAsync(_path)).Form("/console/sign-out").Fields;
        var foreign = $"/console/accounts/{other}";
        (await _browser.GetAsync(foreign)).Says(404, "No such account");
        string[] posted =
        [
            "/wallets/link",
            "/wallets",
            $"/wallets/{_wallet.Address}/unlink",
            "/people",
            "/people/x/remove",
        ];
        foreach (var path in posted)
            (await _browser.PostAsync(foreign + path, token, _admin.Url)).Says(404, "No such account");
        // By the own account's path it is not found either.
        (await _browser.GetAsync($"{_path}/wallets/{_wallet.Address}/unlink")).Says(404, "No such wallet");
        (await _browser.PostAsync($"{_path}/wallets/{_wallet.Address}/unlink", token, _admin.Url)).Says(404);
        Assert.Single((await _admin.GetAsync($"/v1/accounts/{other}/wallets")).Data["wallets"]!.AsArray());
    }

    private async Task<ConsoleAnswer> SignAsync()
    {
        var asked = await _browser.GetAsync(_path + "/wallets/link");
        var form = asked.Form(_path + "/wallets/link");
        var toSign = await _browser.SubmitAsync(form, ("address", _wallet.Address));
        var signature = _wallet.Sign(toSign.Value("message")!);
        return await _browser.SubmitAsync(toSign.Form(_path + "/wallets"), ("signature", signature));
    }

    private async Task LinkAsync() => Assert.Equal(303, (await SignAsync()).Status);
}
