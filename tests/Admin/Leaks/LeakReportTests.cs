using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Keys that were found in public, and are reported by a scanner that signs or by an operator, stop at once.</summary>
public sealed class LeakReportTests(LeakReportTests.Shared shared) : IClassFixture<LeakReportTests.Shared>
{
    private readonly TestAdmin _admin = shared.Admin;

    /// <summary>An admin API that knows a scanner.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        /// <summary>The admin API.</summary>
        public TestAdmin Admin { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => Admin = await TestAdmin.StartAsync(SecretScanner.Settings());

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Admin.DisposeAsync();
    }

    private SecretScanner Scanner => new(_admin);

    // As published in the partner program's documentation and at api.github.com/meta/public_keys/secret_scanning.
    [Theory]
    [InlineData(
        "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAdAjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==",
        "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==",
        """[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]"""
    )]
    [InlineData(
        "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUqkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==",
        "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=",
        """[{"token":"some_token","type":"some_type","url":"some_url"}]"""
    )]
    public async Task PublishedReports_Verify_AndNoOtherBytesDo(string id, string key, string signature, string body)
    {
        await using var admin = await TestAdmin.StartAsync(
            new() { ["Leaks:ReporterKeys:0:Id"] = id, ["Leaks:ReporterKeys:0:PublicKey"] = key }
        );
        var scanner = new SecretScanner(admin, id);
        var answer = (await scanner.SendAsync(body, signature)).Body;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("some_token")));
        var expected = $$"""[{"token_hash":"{{hash}}","token_type":"some_type","label":"false_positive"}]""";
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), answer), answer.ToJsonString());
        foreach (
            var other in new[] { body + " ", body.Replace("some_type", "some_typE", StringComparison.Ordinal), "[]" }
        )
            (await scanner.SendAsync(other, signature)).Refused(401, "REPORT_SIGNATURE_INVALID");
    }

    [Fact]
    public async Task ReportedKey_IsRevoked_Audited_AndFed_WithoutTheSecret()
    {
        var account = await _admin.AddAccountAsync();
        var (id, secret) = await _admin.IssueAdminKeyAsync(account.Id);
        (await _admin.GetAsync("/v1/api-keys", secret)).Succeeded();

        var answer = await Scanner.ReportAsync(secret);
        Assert.Equal("true_positive", (string)answer.Body[0]!["label"]!);
        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        var key = (await _admin.GetAsync($"/v1/accounts/{account.Id}/api-keys/{id}")).Succeeded().Key;
        Assert.Equal(("revoked", "rep_github"), ((string)key["status"]!, (string)key["revokedBy"]!));

        var log = (await _admin.GetAsync($"/v1/audit?keyId={id}")).Succeeded();
        var (revoked, found) = (log.Data["entries"]![0]!, log.Data["entries"]![1]!);
        Assert.Equal("key.revoke", (string)revoked["action"]!);
        Assert.Equal("key.leak", (string)found["action"]!);
        Assert.Equal("reporter", (string)found["actor"]!["type"]!);
        Assert.Equal("https://example.com/repo/file", (string)found["after"]!["url"]!);
        Assert.Equal("commit", (string)found["after"]!["source"]!);
        var number = await _admin.Store.Database.ReadAsync(s =>
            s.ValueAsync<long>("select revoked_change from api_keys where id = @id", new { id })
        );
        (await _admin.GetAsync($"/v1/changes/{number}")).Succeeded();
        foreach (var text in new[] { answer.Text, log.Text, _admin.Log.Text })
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_ChangesNothing_AndAnswersTheSame()
    {
        var account = await _admin.AddAccountAsync();
        var (id, secret) = await _admin.IssueKeyAsync(account.Id);
        var body = SecretScanner.Body(secret);
        var signature = SecretScanner.Sign(body);
        var first = await Scanner.SendAsync(body, signature);
        var head = await HeadAsync();
        for (var i = 0; i < 3; i++)
            Assert.Equal(first.Text, (await Scanner.SendAsync(body, signature)).Text);
        Assert.Equal(head, await HeadAsync());
        var log = (await _admin.GetAsync($"/v1/audit?keyId={id}")).Data["entries"]!.AsArray();
        Assert.Equal(["key.revoke", "key.leak", "key.create"], log.Select(e => (string)e!["action"]!));
    }

    [Fact]
    public async Task ManyFindings_AreJudgedOneByOne()
    {
        var (one, two) = (await _admin.AddAccountAsync(), await _admin.AddAccountAsync());
        var (_, first) = await _admin.IssueKeyAsync(one.Id);
        var (_, second) = await _admin.IssueKeyAsync(two.Id);
        var mistyped = first[..^1] + (first[^1] == 'a' ? 'b' : 'a');
        string[] found = [first, "nonsense", mistyped, second, first, ""];
        var body = "[" + string.Join(',', found.Select(t => $$"""{"token":"{{t}}","new":[{"field":1}]}""")) + "]";
        var labels = (await Scanner.SendAsync(body)).Body.AsArray().Select(l => (string)l!["label"]!);
        const string Yes = "true_positive";
        const string No = "false_positive";
        Assert.Equal([Yes, No, No, Yes, Yes, No], labels);
    }

    [Fact]
    public async Task ReportByAnUnknownKey_OrWithoutASignature_IsRefused_AndTellsNothing()
    {
        var (id, secret) = await _admin.IssueAdminKeyAsync((await _admin.AddAccountAsync()).Id);
        var body = SecretScanner.Body(secret);
        (string, string) identifier = ("Github-Public-Key-Identifier", SecretScanner.KeyId);
        (string, string) signature = ("Github-Public-Key-Signature", SecretScanner.Sign(body));
        (string, string)[][] all =
        [
            [("Github-Public-Key-Identifier", "another"), signature],
            [("Github-Public-Key-Identifier", ""), signature],
            [identifier],
            [signature],
            [identifier, ("Github-Public-Key-Signature", "")],
            [identifier, ("Github-Public-Key-Signature", "not base64")],
            [identifier, ("Github-Public-Key-Signature", Convert.ToBase64String(new byte[72]))],
            [identifier, ("Github-Public-Key-Signature", SecretScanner.Sign("[]"))],
        ];
        foreach (var headers in all)
            (await _admin.SendAsync(HttpMethod.Post, "/v1/leaks", body, null, headers)).Refused(
                401,
                "REPORT_SIGNATURE_INVALID"
            );
        (await _admin.PostAsync("/v1/leaks", body, null)).Refused(401, "UNAUTHORIZED");
        // Two credentials are nobody's word, however good each is.
        (
            await _admin.SendAsync(HttpMethod.Post, "/v1/leaks", body, TestAdmin.OperatorToken, identifier, signature)
        ).Refused(400, "BAD_REQUEST");
        (await _admin.PostAsync("/v1/leaks", body, secret)).Refused(403, "OPERATORS_ONLY");
        (await _admin.GetAsync($"/v1/api-keys/{id}", secret)).Succeeded();
    }

    [Fact]
    public async Task RetiredKey_VerifiesNothing()
    {
        await using var admin = await TestAdmin.StartAsync(
            SecretScanner.Settings(("Leaks:ReporterKeys:0:Until", "2040-01-01T00:00:00Z"))
        );
        var scanner = new SecretScanner(admin);
        Assert.Equal(200, (await scanner.ReportAsync("nonsense")).Status);
        admin.Clock.MoveTo(new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero));
        (await scanner.ReportAsync("nonsense")).Refused(401, "REPORT_SIGNATURE_INVALID");
    }

    [Theory]
    [InlineData("{}", "MALFORMED_JSON")]
    [InlineData("", "MALFORMED_JSON")]
    [InlineData("[1", "MALFORMED_JSON")]
    public async Task WhatIsNoReport_IsRefused_ThoughItIsSigned(string body, string code) =>
        (await Scanner.SendAsync(body)).Refused(400, code);

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://user:password@example.com/")]
    [InlineData("https://example.com/\n/x")]
    [InlineData("/relative")]
    [InlineData("https://example.com/?key={key}")]
    [InlineData("https://example.com/{escaped}")]
    public async Task PlaceThatIsNoPlainAddress_OrHasTheSecretInIt_IsNotKept(string url)
    {
        var (id, secret) = await _admin.IssueKeyAsync((await _admin.AddAccountAsync()).Id);
        var escaped = string.Concat(secret.Select(c => $"%25{(int)c:x2}"));
        url = url.Replace("{key}", secret, StringComparison.Ordinal)
            .Replace("{escaped}", escaped, StringComparison.Ordinal);
        Assert.Equal("true_positive", (string)(await Scanner.ReportAsync(secret, url)).Body[0]!["label"]!);
        var log = await _admin.GetAsync($"/v1/audit?keyId={id}");
        Assert.Equal("", (string)log.Data["entries"]![1]!["after"]!["url"]!);
    }

    [Fact]
    public async Task Operator_Reports_AndGetsTheReceipt()
    {
        var account = await _admin.AddAccountAsync();
        var (id, secret) = await _admin.IssueAdminKeyAsync(account.Id);
        var answer = (await _admin.PostAsync("/v1/leaks", SecretScanner.Body(secret))).Succeeded();
        var leak = answer.Data["leaks"]![0]!;
        Assert.Equal((id, account.Id), ((string)leak["keyId"]!, (string)leak["accountId"]!));
        Assert.Equal("revoked", (string)leak["status"]!);
        Assert.True((bool)answer.Data["propagation"]!["complete"]!);
        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        Assert.Null((await _admin.PostAsync("/v1/leaks", "[]")).Succeeded().Data["propagation"]);
    }

    [Fact]
    public async Task Policy_MayBeToDisable_AndWhatIsDisabledAlreadyStaysSo()
    {
        await using var admin = await TestAdmin.StartAsync(SecretScanner.Settings(("Leaks:Action", "disable")));
        var account = await admin.AddAccountAsync();
        var (id, secret) = await admin.IssueAdminKeyAsync(account.Id);
        await new SecretScanner(admin).ReportAsync(secret);
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(401, "DISABLED_API_KEY");
        await new SecretScanner(admin).ReportAsync(secret, "https://example.com/another");
        var log = (await admin.GetAsync($"/v1/audit?keyId={id}")).Data["entries"]!.AsArray();
        Assert.Equal(["key.leak", "key.disable", "key.leak", "key.create"], log.Select(e => (string)e!["action"]!));
    }

    [Fact]
    public async Task KeyThatItsOwnerEnabledAgain_IsStoppedByANewPlace_AndByNoReplay()
    {
        await using var admin = await TestAdmin.StartAsync(SecretScanner.Settings(("Leaks:Action", "disable")));
        var (account, scanner) = (await admin.AddAccountAsync(), new SecretScanner(admin));
        var (id, secret) = await admin.IssueAdminKeyAsync(account.Id);
        async Task<string> ReportedOnceMoreAsync(params int[] places)
        {
            var path = $"/v1/accounts/{account.Id}/api-keys/{id}";
            (await admin.PostAsync(path + "/enable")).Succeeded();
            var found = places.Select(i => new { token = secret, url = $"https://example.com/{i}" });
            var labels = SecretScanner.Labels(await scanner.SendAsync(JsonSerializer.Serialize(found)));
            Assert.All(labels, l => Assert.Equal("true_positive", l));
            return (string)(await admin.GetAsync(path)).Succeeded().Key["status"]!;
        }
        var kept = Enumerable.Range(1, 19).ToArray();
        Assert.Equal("disabled", await ReportedOnceMoreAsync(kept));
        Assert.Equal("active", await ReportedOnceMoreAsync(kept));
        Assert.Equal("active", await ReportedOnceMoreAsync(7));
        Assert.Equal("disabled", await ReportedOnceMoreAsync(20));
        Assert.Equal("active", await ReportedOnceMoreAsync(20));
        // Of places past those that are kept it is not known whether they were told before.
        Assert.Equal("disabled", await ReportedOnceMoreAsync(21));
        Assert.Equal("disabled", await ReportedOnceMoreAsync(21));
        Assert.Equal("active", await ReportedOnceMoreAsync(20));
        // An operator who says so again means it, and whoever holds the secret may end it however often it was reported.
        (await admin.PostAsync("/v1/leaks", SecretScanner.Body(secret, "https://example.com/1"))).Succeeded();
        (await admin.GetAsync("/v1/api-keys", secret)).Refused(401, "DISABLED_API_KEY");
        Assert.Equal(202, (await admin.PostAsync("/v1/leaks/revoke", new { key = secret }, null)).Status);
        await Eventually.TrueAsync(async () =>
            (await admin.GetAsync("/v1/api-keys", secret)).Code == "REVOKED_API_KEY"
        );
    }

    [Fact]
    public async Task PlacesOfOneKey_AreBounded()
    {
        var (id, secret) = await _admin.IssueKeyAsync((await _admin.AddAccountAsync()).Id);
        for (var i = 0; i < 25; i++)
            await Scanner.ReportAsync(secret, $"https://example.com/{i}");
        var log = (await _admin.GetAsync($"/v1/audit?keyId={id}&limit=100")).Data["entries"]!.AsArray();
        Assert.Equal(20, log.Count(e => (string)e!["action"]! == "key.leak"));
    }

    private Task<long> HeadAsync() =>
        _admin.Store.Database.ReadAsync(s => s.ValueAsync<long>("select head from change_counter"));
}
