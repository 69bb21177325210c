using Gateway.Admin;

namespace Gateway.Tests;

/// <summary>Each finding of a report is judged by itself: no key that leaked stays alive for what stands beside it.</summary>
public sealed class LeakItemsTests(LeakReportTests.Shared shared) : IClassFixture<LeakReportTests.Shared>
{
    private readonly TestAdmin _admin = shared.Admin;

    private SecretScanner Scanner => new(_admin);

    [Fact]
    public async Task KeyThatIsInVeryManyPlaces_IsStopped_AndAsManyAreKeptAsThereIsRoomFor()
    {
        var account = (await _admin.AddAccountAsync()).Id;
        var (id, secret) = await _admin.IssueAdminKeyAsync(account);
        var body =
            "["
            + string.Join(
                ',',
                Enumerable.Range(0, 20_000).Select(i => SecretScanner.Body(secret, $"https://x.example/{i}")[1..^1])
            )
            + "]";

        var labels = SecretScanner.Labels(await Scanner.SendAsync(body)).ToList();

        Assert.Equal((20_000, 1), (labels.Count, labels.Distinct().Count()));
        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        var kept = await _admin.Store.Database.ReadAsync(s =>
            s.ValueAsync<long>("select count(*) from leaks where key_id = @id", new { id })
        );
        Assert.Equal(20, kept);
    }

    // The very token of an operator in the place of another's finding.
    [Fact]
    public async Task PlaceWithAnOperatorsTokenInIt_IsNotKept()
    {
        var (id, secret) = await _admin.IssueAdminKeyAsync((await _admin.AddAccountAsync()).Id);
        var token = Gateway.Admin.OperatorTokens.Generate();

        await Scanner.SendAsync(SecretScanner.Body(secret, $"https://ci.example/x?auth={token}"));

        var urls = await _admin.Store.Database.ReadAsync(s =>
            s.QueryAsync<string>("select url from leaks where key_id = @id", new { id })
        );
        Assert.Equal("", Assert.Single(urls));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":"t"}""")]
    [InlineData("""{"token":7}""")]
    [InlineData("""{"token":null}""")]
    [InlineData("""{"token":"a","token":"b"}""")]
    [InlineData("""{"token":"\ud800"}""")]
    [InlineData("""{"\ud800":1,"token":"\ud800"}""")]
    public async Task FindingThatCannotBeRead_IsToldAsSuch_AndHarmsNoOther(string bad)
    {
        var (_, secret) = await _admin.IssueAdminKeyAsync((await _admin.AddAccountAsync()).Id);
        var body = "[" + bad + "," + SecretScanner.Body(secret)[1..];

        Assert.Equal(["unreadable", "true_positive"], SecretScanner.Labels(await Scanner.SendAsync(body)));

        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        var told = (await _admin.PostAsync("/v1/leaks", body)).Succeeded().Data["leaks"]![0]!;
        Assert.Equal(("unreadable", null), ((string)told["label"]!, (string?)told["tokenHash"]));
    }

    [Theory]
    [InlineData("\"url\":5")]
    [InlineData("\"url\":\"\\ud800\"")]
    [InlineData("\"url\":\"https://example.com/a\",\"url\":\"https://example.com/b\"")]
    [InlineData("\"type\":[],\"source\":{}")]
    [InlineData("\"\\ud800\":1")]
    [InlineData("\"more\":[[[[[[[[[[[[[[[[{\"a\":\"\\ud800\"}]]]]]]]]]]]]]]]]")]
    public async Task PlaceThatCannotBeRead_IsNoReasonToLetAKeyLive(string field)
    {
        var (id, secret) = await _admin.IssueAdminKeyAsync((await _admin.AddAccountAsync()).Id);

        Assert.Equal(
            ["true_positive"],
            SecretScanner.Labels(await Scanner.SendAsync($$"""[{"token":"{{secret}}",{{field}}}]"""))
        );

        (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        var log = await _admin.GetAsync($"/v1/audit?keyId={id}&action=key.leak");
        Assert.Equal("", (string)log.Data["entries"]![0]!["after"]!["url"]!);
    }

    [Fact]
    public async Task LongReport_IsCarriedOutToItsEnd()
    {
        var (_, last) = await _admin.IssueAdminKeyAsync((await _admin.AddAccountAsync()).Id);
        var body = SecretScanner.Body(
            [.. Enumerable.Repeat("nonsense", 200), SecretScanner.Like(last), last],
            "https://example.com/" + new string('p', 2000)
        );
        Assert.InRange(body.Length, 300 * 1024, ReportBody.MaxBytes);

        Assert.Equal(202, SecretScanner.Labels(await Scanner.SendAsync(body)).Count());

        (await _admin.GetAsync("/v1/api-keys", last)).Refused(401, "REVOKED_API_KEY");
    }

    [Fact]
    public async Task ReportThatIsTooLong_IsRefusedBeforeItIsSent_AndLogged()
    {
        var head =
            "POST /v1/leaks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + $"Authorization: Bearer {TestAdmin.OperatorToken}\r\nContent-Length: {ReportBody.MaxBytes + 1}\r\n\r\n";
        Assert.Equal(413, (await RawHttp.SendAsync(_admin.Url, head)).Status);
        Assert.Contains("is too long and was not looked at", _admin.Log.Text, StringComparison.Ordinal);
    }
}
