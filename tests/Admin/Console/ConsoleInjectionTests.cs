using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What comes to the console from outside the admin API is text as well: what gateways write into the store, what an
/// identity provider says of a person, what is typed into any field of any form.</summary>
public sealed class ConsoleInjectionTests : IAsyncLifetime
{
    private static readonly IReadOnlyList<string> Markup = [.. Probes.Markup];

    // The fields that say whether a form may be sent, and what a page had in it that nobody types.
    private static readonly string[] NotTyped = [ConsoleForm.Token, "idempotency-key"];

    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        _browser = new ConsoleBrowser(_admin);
        _account = (await _admin.AddAccountAsync(a => a with { MaxActiveKeys = 1000 })).Id;
        await _admin.AddWalletAsync(_account, "wallet-1");
        await _admin.IssueKeyAsync(_account, new { name = "bot" });
        await _browser.SignInAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task WhatGatewaysWrite_AndProvidersSay_IsTextOnEveryPage()
    {
        foreach (var probe in Markup)
        {
            var row = Sample.Gateway() with { InstanceId = probe, Version = probe, SettingsHash = probe };
            var route = new PublishedRoute
            {
                Id = probe,
                Path = probe,
                Methods = [probe],
                Hosts = [probe],
                Conditions = [probe],
                Permissions = [probe],
                Environments = [probe],
                Wallet = probe,
                Clusters = [probe],
                MaxStaleness = probe,
            };
            var now = _admin.Clock.Now();
            var person = new Person(Ids.New(Ids.Person, _admin.Clock), _account, probe, "owner", probe, probe, now);
            await _admin.Store.Database.WriteAsync(async s =>
            {
                await s.InsertGatewayAsync(row with { StartedAt = now, RenewedAt = now });
                await s.PublishRoutesAsync(row.Incarnation, PublishedRoutes.Of([route], fileRefused: true));
                await s.InsertPersonAsync(person);
            });
        }
        var pages = await WalkAsync();
        Assert.True(pages.Count > 15, string.Join('\n', pages.Keys));
        AssertHarmless(pages);
        // They were there to be shown.
        foreach (var path in new[] { "/console/fleet", "/console/routes", $"/console/accounts/{_account}" })
            Assert.Contains(Markup[0], pages[path].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsTypedIntoAnyForm_IsTextInTheAnswer_AndOnEveryPageAfter()
    {
        var pages = await WalkAsync();
        var forms = pages
            .Values.SelectMany(p => p.Forms)
            .Where(f => f.Method == "post" && !f.Action.EndsWith("/sign-out", StringComparison.Ordinal))
            .DistinctBy(f => f.Action)
            .ToList();
        Assert.True(forms.Count >= 10, string.Join('\n', forms.Select(f => f.Action)));
        var sent = 0;
        foreach (var form in forms)
        foreach (var name in form.Fields.Select(f => f.Name).Except(NotTyped).Distinct())
        foreach (var probe in Markup)
        {
            sent++;
            var answer = await _browser.SubmitAsync(form, (name, probe));
            Assert.True(answer.Status < 500, $"{form.Action} {name} {probe}: {answer.Status} {answer.Text}");
            AssertHarmless(form.Action, answer);
        }
        AssertHarmless(await WalkAsync());
        Assert.DoesNotContain(_admin.Log.Lines, l => Markup.Any(p => l.Contains(p, StringComparison.Ordinal)));
        AttackReport.Add("injection", "cases", sent);
    }

    private static void AssertHarmless(Dictionary<string, ConsoleAnswer> pages)
    {
        foreach (var (path, page) in pages)
            AssertHarmless(path, page);
    }

    private static void AssertHarmless(string path, ConsoleAnswer page)
    {
        foreach (var probe in Markup)
            Assert.False(page.Html.Contains(probe, StringComparison.Ordinal), $"{path} has {probe}");
    }

    // Every page that links lead to; one of each kind, however many rows a list has.
    private async Task<Dictionary<string, ConsoleAnswer>> WalkAsync()
    {
        var pages = new Dictionary<string, ConsoleAnswer>();
        var next = new Queue<string>([
            "/console",
            "/console/fleet",
            "/console/routes",
            "/console/changes",
            "/console/audit",
            "/console/operators",
            $"/console/accounts/{_account}",
            $"/console/accounts/{_account}/administer",
            $"/console/accounts/{_account}/administer/revoke-all",
        ]);
        while (next.TryDequeue(out var path))
        {
            if (pages.ContainsKey(path) || pages.Count > 60)
                continue;
            var page = await _browser.OpenAsync(path);
            Assert.True(page.Status is 200 or 404, $"{path}: {page.Status}");
            pages[path] = page;
            foreach (var link in page.Links.Where(l => !l.Contains(".csv", StringComparison.Ordinal)))
                next.Enqueue(link);
        }
        return pages;
    }
}
