using System.Text;
using Gateway.Admin;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Operators read the audit log, filter it and take it with them.</summary>
public sealed class ConsoleAuditTests : IAsyncLifetime
{
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
    public async Task Log_IsFiltered_ByEveryField()
    {
        await AddAsync(120);

        Assert.Equal("119", await FirstAsync("account=acc_1"));
        Assert.Equal("118", await FirstAsync("account=acc_0"));
        Assert.Equal("5", await FirstAsync("key=key_5"));
        Assert.Equal("117", await FirstAsync("actor=op_0"));
        Assert.Equal("20", await FirstAsync("action=key.rotate"));
        Assert.Equal("59", await FirstAsync("to=2019-01-01T01:00&zone=Etc/UTC"));
        Assert.Equal("119", await FirstAsync("from=2019-01-01T01:00"));
        (await _browser.GetAsync("/console/audit?from=2019-01-01T02:00&to=2019-01-02T00:00")).Says(200, "No entries");
        // An hour earlier there than by UTC.
        Assert.Equal("59", await FirstAsync("to=2019-01-01T02:00&zone=Europe/Berlin"));
        (await _browser.GetAsync("/console/audit?from=yesterday")).Says(400, "Must be a date and a time that there is");
    }

    [Fact]
    public async Task Log_IsPaged_WithinTheFilter()
    {
        await AddAsync(120);

        var first = await _browser.GetAsync("/console/audit?account=acc_0&action=key.create");
        var older = Assert.Single(first.Links, l => l.Contains("after=", StringComparison.Ordinal));
        var second = await _browser.GetAsync(older);

        Assert.Equal(50, Entries(first).Count);
        Assert.Equal(9, Entries(second).Count);
        Assert.Empty(Entries(first).Intersect(Entries(second)));
        Assert.Contains("account=acc_0", older, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_HasEveryEntry_ThatIsAskedFor_PageByPage()
    {
        await AddAsync(1_201);

        var all = await _browser.GetAsync("/console/audit/audit.csv?from=2019-01-01T00:00&to=2019-02-01T00:00");
        var some = await _browser.GetAsync("/console/audit/audit.csv?account=acc_1&action=key.create");

        Assert.Equal(200, all.Status);
        Assert.Equal("text/csv; charset=utf-8", all.Headers["Content-Type"]);
        Assert.Matches(
            "^attachment; filename=\"?audit-[0-9]{8}T[0-9]{6}Z\\.csv\"?$",
            all.Headers["Content-Disposition"]
        );
        Assert.Equal("no-store", all.Headers["Cache-Control"]);
        Assert.Equal("nosniff", all.Headers["X-Content-Type-Options"]);
        var lines = all.Html.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("\"id\",\"at\",\"actorType\",", lines[0], StringComparison.Ordinal);
        Assert.Equal(1_202, lines.Length);
        Assert.Equal(1_202, lines.Distinct().Count());
        Assert.Equal(601, some.Html.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("\n=1", "\"'\n=1\"")]
    [InlineData("  =1", "\"'  =1\"")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("a=1", "\"a=1\"")]
    [InlineData("a,\"b\"\r\nc", "\"a,\"\"b\"\"\r\nc\"")]
    [InlineData("", "\"\"")]
    [InlineData(null, "\"\"")]
    public void Cell_IsNeverAFormula_AndNeverTwo(string? cell, string written)
    {
        var text = new StringBuilder();
        Csv.Append(text, [cell, "b"]);
        Assert.Equal(written + ",\"b\"\r\n", text.ToString());
    }

    [Fact]
    public async Task NameThatIsAFormula_IsText_InTheFile_AndOnThePage()
    {
        const string Name = "=1+1<b>";
        await _admin.PostAsync("/v1/operators", new { name = Name });
        var token = await _admin.PostAsync("/v1/operators", new { name = "-2" });
        await _admin.PostAsync("/v1/accounts", new { name = "x" }, (string)token.Data["operator"]!["token"]!);

        var file = await _browser.GetAsync("/console/audit/audit.csv?action=account.create");
        var page = await _browser.GetAsync("/console/audit");

        Assert.Contains(",\"'-2\",\"account.create\",", file.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_IsShown_FieldByField()
    {
        var account = (await _admin.AddAccountAsync(a => a with { Name = "Old" })).Id;
        await _admin.PatchAsync($"/v1/accounts/{account}?wait=0", new { name = "New" });

        (await _browser.GetAsync($"/console/audit?account={account}")).Says(
            200,
            "configured operator",
            "account.update",
            "name: Old → New",
            "127.0.0.1"
        );
    }

    private Task AddAsync(int count) =>
        _admin.Store.Database.WriteAsync(async s =>
        {
            var begin = new DateTimeOffset(2019, 1, 1, 0, 0, 0, TimeSpan.Zero);
            for (var i = 0; i < count; i++)
            {
                // From the second on a page of the list; all of them within the first two hours.
                var at = begin.AddMinutes(Math.Min(i, 119));
                var action = i == 20 ? "key.rotate" : "key.create";
                var who = $"op_{i % 3}";
                await s.AppendAuditAsync(
                    new($"aud_{i:D5}", at, "operator", who, $"n{i}", action, $"acc_{i % 2}", $"key_{i}")
                );
            }
        });

    private async Task<string> FirstAsync(string query) =>
        Entries((await _browser.GetAsync("/console/audit?" + query)).Says(200))[0];

    // The keys of the entries, in the order of the page.
    private static List<string> Entries(ConsoleAnswer page) =>
        [.. page.Links.Where(l => l.Contains("/keys/key_", StringComparison.Ordinal)).Select(l => l.Split("key_")[1])];
}
