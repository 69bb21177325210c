using Gateway.Admin;
using Gateway.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What of a report cannot be decided is told at the end, when all else is done, so that it is sent again.</summary>
public sealed class LeakUndecidedTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private Account _account = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(SecretScanner.Settings());
        _account = await _admin.AddAccountAsync();
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    private SecretScanner Scanner => new(_admin);

    [Fact]
    public async Task FindingUnderAPepperThatIsNotHere_IsToldAtTheEnd_AndAllOthersAreStopped()
    {
        var (id, undecidable) = await _admin.IssueKeyAsync(_account.Id);
        await SetPepperAsync(id, "gone");
        string[] leaked = [await IssueAsync(), await IssueAsync()];
        var body = SecretScanner.Body([leaked[0], SecretScanner.Like(undecidable), leaked[1]]);

        var answer = (await Scanner.SendAsync(body)).Refused(503, "LEAKS_UNDECIDED").WithErrors("[1] UNDECIDED");

        Assert.NotNull(answer.Headers.RetryAfter);
        foreach (var secret in leaked)
            (await _admin.GetAsync("/v1/api-keys", secret)).Refused(401, "REVOKED_API_KEY");
        Assert.Contains("1 findings of a report", _admin.Log.Text, StringComparison.Ordinal);
        var metrics = new PrometheusScrape(await _admin.Client.GetStringAsync("/metrics"));
        Assert.Equal(1, metrics["gateway_leaks_undecided_total"]);
        await SetPepperAsync(id, null);
        string[] labels = ["true_positive", "false_positive", "true_positive"];
        Assert.Equal(labels, SecretScanner.Labels(await Scanner.SendAsync(body)));
    }

    [Fact]
    public async Task FindingThatTheStoreFails_IsToldAtTheEnd_AndDoneWhenTheReportIsSentAgain()
    {
        var (stuck, first) = await _admin.IssueAdminKeyAsync(_account.Id);
        var second = await IssueAsync();
        await SecretScanner.RefuseWritesAsync(_admin, $"new.id = '{stuck}'");

        var body = SecretScanner.Body([first, second]);
        (await Scanner.SendAsync(body)).Refused(503, "LEAKS_UNDECIDED").WithErrors("[0] UNDECIDED");

        (await _admin.GetAsync("/v1/api-keys", first)).Succeeded();
        (await _admin.GetAsync("/v1/api-keys", second)).Refused(401, "REVOKED_API_KEY");
        await SecretScanner.AllowWritesAsync(_admin);
        Assert.Equal(["true_positive", "true_positive"], SecretScanner.Labels(await Scanner.SendAsync(body)));
        (await _admin.GetAsync("/v1/api-keys", first)).Refused(401, "REVOKED_API_KEY");
    }

    // It takes seconds to fail, and a report has thousands of findings.
    [Fact]
    public async Task StoreThatFailsAllTheTime_IsNotAskedForEachFinding()
    {
        var secrets = new List<string>();
        for (var i = 0; i < 5; i++)
            secrets.Add(await IssueAsync());
        await SecretScanner.RefuseWritesAsync(_admin, "1 = 1");

        var answer = (await Scanner.SendAsync(SecretScanner.Body([.. secrets, "nonsense"]))).Refused(
            503,
            "LEAKS_UNDECIDED"
        );

        Assert.Equal(5, answer.Errors.Count);
        Assert.Equal(3, _admin.Log.Lines.Count(l => l.Contains("A finding of a leaked key failed")));
    }

    [Fact]
    public async Task LongReports_HaveOneRoomTogether_AndOrdinaryOnesNeedNone()
    {
        var room = _admin.Services.GetRequiredService<ReportRoom>();
        // An address has no more than one of the longest takes.
        var others = Enumerable.Range(1, 6).Select(i => room.NewShare(new([192, 0, 2, (byte)i]))).ToList();
        foreach (var other in others)
            while (other.TryGrow()) { }
        Assert.InRange(others[0].Bytes, ReportBody.MaxBytes, ReportBody.MaxBytes);
        using (var another = room.NewShare(new([192, 0, 2, 1])))
            Assert.False(another.TryGrow());
        var long_ = SecretScanner.Body("nonsense", new string('u', 300 * 1024));

        (await Scanner.SendAsync(long_)).Refused(503, "OVERLOADED");
        Assert.Equal(
            ["true_positive"],
            SecretScanner.Labels(await Scanner.SendAsync(SecretScanner.Body([await IssueAsync()])))
        );

        others.ForEach(o => o.Dispose());
        using (var own = room.NewShare(System.Net.IPAddress.Loopback))
        {
            while (own.TryGrow()) { }
            (await Scanner.SendAsync(long_)).Refused(503, "OVERLOADED");
        }
        for (var i = 0; i < 2; i++)
            Assert.Equal(200, (await Scanner.SendAsync(long_)).Status);
    }

    private async Task<string> IssueAsync() => (await _admin.IssueAdminKeyAsync(_account.Id)).Secret;

    private Task SetPepperAsync(string id, string? pepper) =>
        _admin.Store.Database.WriteAsync(s =>
            s.ExecuteAsync("update api_keys set pepper_id = @pepper where id = @id", new { id, pepper })
        );
}
