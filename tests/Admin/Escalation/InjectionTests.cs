using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Text is text: what is typed into any field is refused, or kept and given back letter by letter, and is nowhere
/// a statement, a page, a formula or a line of the log.</summary>
public abstract class InjectionContract(string provider, IReadOnlyList<string> probes)
{
    private static readonly string[] Queries =
    [
        "status",
        "environment",
        "prefix",
        "cursor",
        "limit",
        "keyId",
        "actor",
        "from",
        "accountId",
        "wait",
        "descendants",
    ];

    [Fact]
    public async Task EveryTextField_TakesOrRefusesEveryProbe_AndNothingElseHappens()
    {
        await using var admin = await StartAsync();
        var account = await admin.AddAccountAsync(a => a with { MaxActiveKeys = 1000 });
        var target = (await admin.IssueKeyAsync(account.Id, new { name = "target" })).Id;
        var tables = await TablesAsync(admin);
        var (sent, kept, refused) = (0, 0, 0);
        foreach (var place in new ProbeFields((await ApiContract.GetAsync(admin.Client)).Document).All())
        {
            var template = place.Template.Replace(
                "/v1/api-keys",
                "/v1/accounts/{accountId}/api-keys",
                StringComparison.Ordinal
            );
            // Both paths of one operation have one body.
            if (template != place.Template && place.Operation != "createApiKey")
                continue;
            var path = template
                .Replace("{accountId}", account.Id, StringComparison.Ordinal)
                .Replace("{id}", target, StringComparison.Ordinal);
            foreach (var probe in probes)
            {
                sent++;
                var body = place.Body(RestOf(place.Operation), probe);
                var answer = await admin.SendAsync(place.Method, path, body);
                Assert.True(answer.Status is >= 200 and < 500, $"{place} {probe}: {answer.Status} {answer.Text}");
                kept += CheckKept(place, probe, answer);
                refused += answer.Status >= 400 ? 1 : 0;
            }
        }
        Assert.True(kept > 2 * probes.Count, $"only {kept} of {sent} were kept: nothing was tried");
        Assert.Equal(tables, await TablesAsync(admin));
        (await admin.GetAsync($"/v1/accounts/{account.Id}/api-keys/{target}")).Succeeded();
        AssertLogIsClean(admin);
        await CheckConsoleAsync(admin, account.Id);
        Count(sent, refused);
    }

    [Fact]
    public async Task EveryPathQueryAndHeader_TakesOrRefusesEveryProbe()
    {
        await using var admin = await StartAsync();
        var account = (await admin.AddAccountAsync()).Id;
        var (sent, refused) = (0, 0);
        foreach (var probe in probes.Select(Uri.EscapeDataString))
        {
            string[] paths =
            [
                $"/v1/accounts/{probe}/api-keys",
                $"/v1/accounts/{account}/api-keys/{probe}",
                $"/v1/accounts/{probe}",
                $"/v1/changes/{probe}",
                .. Queries.Select(q => $"/v1/accounts/{account}/api-keys?{q}={probe}"),
                .. Queries.Select(q => $"/v1/audit?{q}={probe}"),
                $"/v1/audit?{probe}=1",
            ];
            foreach (var path in paths)
            {
                sent++;
                var answer = await admin.GetAsync(path);
                Assert.True(answer.Status is 200 or 400 or 404, $"{path}: {answer.Status} {answer.Text}");
                refused += answer.Status >= 400 ? 1 : 0;
            }
        }
        foreach (var probe in probes.Where(p => p.All(c => c is >= ' ' and <= '~')))
        foreach (var name in new[] { "Idempotency-Key", "If-Match", "X-Request-Id", "User-Agent", "X-Forwarded-For" })
        {
            sent++;
            var body = new { name = "made", environment = "sandbox" };
            var path = $"/v1/accounts/{account}/api-keys";
            var answer = await admin.SendAsync(HttpMethod.Post, path, body, TestAdmin.OperatorToken, (name, probe));
            Assert.True(answer.Status is 201 or 400 or 409 or 422, $"{name}: {probe}: {answer.Status} {answer.Text}");
            Assert.False(answer.Headers.Contains("X-Injected"));
            refused += answer.Status >= 400 ? 1 : 0;
        }
        AssertLogIsClean(admin);
        Count(sent, refused);
    }

    private static void Count(int sent, int refused)
    {
        AttackReport.Add("injection", "cases", sent);
        AttackReport.Add("injection", "refused", refused);
        AttackReport.Add("injection", "let through as expected", sent - refused);
    }

    private Task<TestAdmin> StartAsync() =>
        TestAdmin.StartAsync(ConsoleBrowser.Settings(("Leaks:RevocationsPerMinute", "100000")), provider: provider);

    // What an operation needs beside the field that is probed.
    private static JsonObject RestOf(string operation) =>
        operation.Replace("ForAccount", "", StringComparison.Ordinal) switch
        {
            "createApiKey" => new() { ["name"] = "probe", ["environment"] = "sandbox" },
            "linkWallet" => new() { ["walletId"] = Gateway.Keys.Ids.Random(), ["kind"] = "custodial" },
            "invitePerson" => new() { ["email"] = "probe@example.com", ["role"] = "viewer" },
            _ => [],
        };

    // Given back as it was sent, or a refusal that says of which field.
    private static int CheckKept(ProbeFields.Place place, string probe, ApiAnswer answer)
    {
        if (answer.Status >= 300 || place.Field is not ("name" or "description" or "label"))
            return 0;
        var data = answer.Data.AsObject().First(p => p.Key != "propagation").Value!;
        Assert.Equal(probe, (string?)data[place.Field]);
        return 1;
    }

    private static async Task<string> TablesAsync(TestAdmin admin)
    {
        var tables =
            admin.Store.Options.Provider == "sqlite"
                ? "select name from sqlite_master order by name"
                : "select tablename::text from pg_tables where schemaname = 'public' order by 1";
        return string.Join(' ', await admin.Store.Database.ReadAsync(s => s.QueryAsync<string>(tables)));
    }

    private static void AssertLogIsClean(TestAdmin admin)
    {
        var log = admin.Log.Text;
        Assert.DoesNotContain(
            "Error",
            string.Join('\n', admin.Log.Lines.Where(l => l.StartsWith("Error", StringComparison.Ordinal))),
            StringComparison.Ordinal
        );
        foreach (var probe in Probes.All.Where(p => p.Length > 10))
            Assert.DoesNotContain(probe, log, StringComparison.Ordinal);
    }

    // Every page that shows what was kept; markup is on none of them.
    private static async Task CheckConsoleAsync(TestAdmin admin, string account)
    {
        using var browser = new ConsoleBrowser(admin);
        await browser.SignInAsync();
        var keys = $"/console/accounts/{account}/keys";
        var list = (await admin.GetAsync($"/v1/accounts/{account}/api-keys?limit=100")).Data["apiKeys"]!.AsArray();
        var ids = list.Select(k => (string)k!["id"]!).Take(40);
        string[] pages =
        [
            keys,
            "/console/accounts",
            $"/console/accounts/{account}",
            "/console/audit",
            "/console/operators",
            .. ids.Select(i => $"{keys}/{i}"),
            .. ids.Select(i => $"{keys}/{i}/edit"),
            .. ids.Take(5).Select(i => $"{keys}/{i}/revoke"),
        ];
        foreach (var path in pages)
        {
            var page = (await browser.GetAsync(path)).Says(200);
            foreach (var markup in Probes.Markup)
                Assert.DoesNotContain(markup, page.Html, StringComparison.Ordinal);
        }
        await CheckFileAsync(browser);
    }

    // Not one cell of the log's file begins as a formula does.
    private static async Task CheckFileAsync(ConsoleBrowser browser)
    {
        var file = (await browser.GetAsync("/console/audit/audit.csv")).Says(200);
        Assert.StartsWith("text/csv", file.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.StartsWith("attachment", file.Headers["Content-Disposition"], StringComparison.Ordinal);
        Assert.DoesNotMatch("(?m)(^|,)\"[=+@-]", file.Html);
        Assert.Contains("drop table", file.Html, StringComparison.Ordinal);
    }
}

/// <summary>On SQLite.</summary>
public sealed class SqliteInjectionTests() : InjectionContract("sqlite", Probes.All);

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresInjectionTests() : InjectionContract("postgres", Probes.Sql);
