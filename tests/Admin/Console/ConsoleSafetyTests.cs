namespace Gateway.Tests;

/// <summary>What keeps a browser from being used against whoever sits in front of it, on every page and every form.</summary>
public sealed class ConsoleSafetyTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;
    private string _account = "";
    private string _keys = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        _browser = new ConsoleBrowser(_admin);
        _account = (await _admin.AddAccountAsync()).Id;
        _keys = $"/console/accounts/{_account}/keys";
        await _admin.AddWalletAsync(_account, "wallet-1");
        await _admin.IssueKeyAsync(_account, new { name = "<b>bot</b> & \"co\"" });
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task EveryAnswer_HasTheHeaders()
    {
        await _browser.SignInAsync();
        var pages = await WalkAsync();
        Assert.True(pages.Count >= 8, string.Join('\n', pages.Keys));
        foreach (var path in new[] { "/console/nothing", "/console/accounts/acc_0/keys", "/CONSOLE/Nothing" })
            pages[path] = await _browser.GetAsync(path);
        pages["refused"] = await _browser.PostAsync(_keys, [], "https://evil.example");
        Assert.Equal(404, pages["/console/nothing"].Status);

        foreach (var (path, page) in pages)
        {
            Assert.StartsWith("text/html", page.Headers["Content-Type"], StringComparison.Ordinal);
            Assert.Contains("<!DOCTYPE html>", page.Html, StringComparison.Ordinal);
            AssertHeaders(path, page);
            Assert.Equal("no-store", page.Headers["Cache-Control"]);
            // The policy would stop them; nothing is to be stopped.
            Assert.DoesNotMatch("<script(?![^>]*src=)|<style|\\sstyle=|\\son[a-z]+=|javascript:", page.Html);
            Assert.DoesNotContain("<b>bot", page.Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task PageWithAForm_WritesNothingToTheLog_WhateverCookieComesWithIt()
    {
        var before = _admin.Log.Lines.Count;
        foreach (var cookie in new[] { "a=b", "console-form=made-up", "console-form=CfDJ8AAAA" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/console/sign-in");
            request.Headers.Add("Cookie", cookie);
            using var page = await _admin.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.OK, page.StatusCode);
        }

        Assert.DoesNotContain(
            _admin.Log.Lines.Skip(before),
            l => l.StartsWith("Warning", StringComparison.Ordinal) || l.StartsWith("Error", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task StyleAndScript_AreKeptForEver_UnderTheHashOfWhatTheyAre()
    {
        var page = await _browser.OpenAsync("/console");
        var assets = System.Text.RegularExpressions.Regex.Matches(
            page.Html,
            "/console/assets/console\\.[0-9a-f]{12}\\.(css|js)"
        );
        Assert.Equal(2, assets.Count);
        foreach (var path in assets.Select(a => a.Value))
        {
            var asset = await _browser.GetAsync(path);
            Assert.Equal(200, asset.Status);
            Assert.Equal("public, max-age=31536000, immutable", asset.Headers["Cache-Control"]);
            AssertHeaders(path, asset);
        }
        Assert.Equal(404, (await _browser.GetAsync("/console/assets/console.css")).Status);
    }

    [Fact]
    public async Task EveryForm_WithoutItsToken_OrWithAnothersToken_IsRefused_AndChangesNothing()
    {
        using var other = new ConsoleBrowser(_admin);
        await other.SignInAsync();
        var foreign = (await other.GetAsync("/console/accounts")).Form("/console/sign-out").Fields[0].Value;
        await _browser.SignInAsync();
        var forms = await FormsAsync();
        var before = await StateAsync();

        foreach (var form in forms)
        {
            (await _browser.SubmitAsync(form, (ConsoleForm.Token, null))).Says(400);
            (await _browser.SubmitAsync(form, (ConsoleForm.Token, foreign))).Says(400);
        }

        Assert.Equal(before, await StateAsync());
        (await _browser.GetAsync("/console/accounts")).Says(200);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("https://evil.example")]
    [InlineData("http://localhost.evil.example")]
    [InlineData("http://127.0.0.1:1")]
    public async Task EveryForm_OfAnotherSite_IsRefused(string? origin)
    {
        await _browser.SignInAsync();
        var before = await StateAsync();
        foreach (var form in await FormsAsync())
            (await _browser.PostAsync(form.Action, form.Fields, origin)).Says(
                403,
                "did not come from the console",
                "NOT_OUR_PAGE"
            );
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task RequestThatTheBrowserCallsCrossSite_IsRefused_WhateverItsOrigin()
    {
        await _browser.SignInAsync();
        var form = (await _browser.GetAsync("/console/accounts")).Form("/console/sign-out");
        foreach (var site in new[] { "cross-site", "same-site", "none" })
        {
            var content = new FormUrlEncodedContent(form.Fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
            var request = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = content };
            request.Headers.Add("Origin", _admin.Url);
            request.Headers.Add("Sec-Fetch-Site", site);
            (await _browser.SendAsync(request)).Says(403);
        }
    }

    [Fact]
    public async Task AnotherHost_IsRefused()
    {
        foreach (var path in new[] { "/console", "/console/sign-in", _keys })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = "rebound.example:80";
            (await _browser.SendAsync(request)).Says(403);
        }
    }

    [Fact]
    public async Task EveryPage_AsksForSignIn_HoweverItsPathIsSpelled()
    {
        foreach (var path in new[] { "/console", "/CONSOLE/accounts", _keys, _keys.ToUpperInvariant(), _keys + "/new" })
        {
            var answer = await _browser.GetAsync(path);
            Assert.StartsWith("/console/sign-in?return=", answer.Location, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Session_IsNoCredential_ForTheApi_NorATokenForTheConsole()
    {
        await _browser.SignInAsync();
        Assert.Equal(401, (await _browser.GetAsync($"/v1/accounts/{_account}/api-keys")).Status);

        using var other = new ConsoleBrowser(_admin);
        var request = new HttpRequestMessage(HttpMethod.Get, "/console/accounts");
        request.Headers.Add("Authorization", "Bearer " + TestAdmin.OperatorToken);
        Assert.Equal(303, (await other.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Person_SeesTheirAccount_AndOfOthersNotEvenThatTheyExist()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        var (foreign, _) = await _admin.IssueKeyAsync(other);
        await _browser.SignInAsync(_account, "owner");

        (await _browser.OpenAsync("/console")).Says(200, "API keys", "1 of 10");
        (await _browser.GetAsync($"/console/accounts/{other}/keys")).Says(404, "No such account");
        (await _browser.GetAsync("/console/accounts/acc_none/keys")).Says(404, "No such account");
        (await _browser.GetAsync("/console/accounts")).Says(200);
        Assert.DoesNotContain(other, (await _browser.GetAsync("/console/accounts")).Html, StringComparison.Ordinal);
        foreach (var path in new[] { "", "/revoke", "/edit", "/expiration" })
            (await _browser.GetAsync($"{_keys}/{foreign}{path}")).Says(404, "No such API key");
        var form = (await _browser.GetAsync(_keys)).Form("/console/sign-out");
        foreach (var path in new[] { "/rotate", "/revoke", "/edit", "/expiration", "/disable", "/enable" })
        {
            var typed = form with
            {
                Action = $"{_keys}/{foreign}{path}",
                Fields =
                [
                    .. form.Fields,
                    ("once", new string('x', 22)),
                    ("hours", "1"),
                    ("confirmation", "CI deploy key"),
                    ("expiry", "never"),
                ],
            };
            (await _browser.SubmitAsync(typed)).Says(404, "No such API key");
        }
    }

    [Fact]
    public async Task Viewer_SeesEverything_AndChangesNothing()
    {
        await _browser.SignInAsync(_account, "owner");
        var forms = await FormsAsync();
        using var viewer = new ConsoleBrowser(_admin);
        await viewer.SignInAsync(_account, "viewer", "sub-2");
        var page = await viewer.GetAsync(_keys);
        var token = page.Form("/console/sign-out").Fields.Single(f => f.Name == ConsoleForm.Token).Value;
        var before = await StateAsync();

        page.Says(200, "1 of 10");
        Assert.DoesNotContain("Create API key", page.Text, StringComparison.Ordinal);
        Assert.Equal(["/console/sign-out"], page.Forms.Where(f => f.Method == "post").Select(f => f.Action));
        foreach (var form in forms.Where(f => f.Action.Contains(_account, StringComparison.Ordinal)))
            (await viewer.SubmitAsync(form, (ConsoleForm.Token, token))).Says(403);
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task PersonWhoIsRemoved_IsOut_WithTheNextClick()
    {
        var person = await _browser.SignInAsync(_account, "owner");
        (await _browser.GetAsync(_keys)).Says(200);
        (await _admin.DeleteAsync($"/v1/accounts/{_account}/people/{person.Id}")).Succeeded();
        Assert.Equal(303, (await _browser.GetAsync(_keys)).Status);
    }

    private async Task<string> StateAsync() =>
        (await _admin.GetAsync($"/v1/accounts/{_account}/api-keys")).Text
        + (await _admin.GetAsync($"/v1/accounts/{_account}/people")).Text
        + (await _admin.GetAsync($"/v1/accounts/{_account}/wallets")).Text;

    private async Task<List<ConsoleForm>> FormsAsync()
    {
        var pages = await WalkAsync();
        var forms = pages
            .Values.SelectMany(p => p.Forms)
            .Where(f => f.Method == "post")
            .DistinctBy(f => f.Action)
            .ToList();
        var details = pages[_keys + "/new"].Form(_keys + "/new");
        var review = await _browser.SubmitAsync(details, ("name", "x"), ("environment", "sandbox"));
        forms.Add(review.Form(_keys));
        var link = pages[$"/console/accounts/{_account}/wallets/link"]
            .Form($"/console/accounts/{_account}/wallets/link");
        var toSign = await _browser.SubmitAsync(link, ("address", new SolanaWallet().Address));
        forms.Add(toSign.Form($"/console/accounts/{_account}/wallets"));
        Assert.True(forms.Count >= 11, string.Join('\n', forms.Select(f => f.Action)));
        return forms;
    }

    // Every page that can be reached by links from the start.
    private async Task<Dictionary<string, ConsoleAnswer>> WalkAsync()
    {
        var pages = new Dictionary<string, ConsoleAnswer>();
        var next = new Queue<string>(["/console", "/console/sign-in", _keys, $"/console/accounts/{_account}"]);
        while (next.TryDequeue(out var path))
        {
            if (pages.ContainsKey(path))
                continue;
            var page = await _browser.OpenAsync(path);
            pages[path] = page;
            // A file is no page; ConsoleAuditTests has its headers.
            foreach (var link in page.Links.Where(l => !l.Contains(".csv", StringComparison.Ordinal)))
                next.Enqueue(link);
        }
        return pages;
    }

    internal static void AssertHeaders(string path, ConsoleAnswer page)
    {
        Assert.True(page.Headers.ContainsKey("Content-Security-Policy"), path);
        var policy = page.Headers["Content-Security-Policy"];
        foreach (var part in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'" })
            Assert.Contains(part, policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("form-action 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers["X-Content-Type-Options"]);
        Assert.Equal("DENY", page.Headers["X-Frame-Options"]);
        Assert.Equal("same-origin", page.Headers["Referrer-Policy"]);
        Assert.Equal("same-origin", page.Headers["Cross-Origin-Opener-Policy"]);
        Assert.Equal("same-origin", page.Headers["Cross-Origin-Resource-Policy"]);
    }
}
