using Gateway.Admin;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What the store does with a revocation shows in no answer, and what was taken is carried out.</summary>
public sealed class LeakRevocationStoreTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private string _path = "";
    private string _live = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(new() { ["Leaks:RevocationsPerMinute"] = "1000" });
        var account = await _admin.AddAccountAsync();
        var (id, secret) = await _admin.IssueKeyAsync(account.Id);
        (_path, _live) = ($"/v1/accounts/{account.Id}/api-keys/{id}", secret);
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Answer_DoesNotWaitForTheWrite_WhichIsCarriedOut()
    {
        await using var outage = StoreOutage.Of(_admin.Store);
        await outage.BeginAsync();
        var answers = await Task.WhenAll(RevokeAsync(_live), RevokeAsync(SecretScanner.Like(_live)));
        Assert.All(answers, a => Assert.Equal(202, a.Status));
        Assert.Equal("active", await StatusAsync());
        await outage.EndAsync();
        await Eventually.TrueAsync(async () => await StatusAsync() == "revoked");
    }

    [Fact]
    public async Task WriteThatFails_ShowsInNoAnswer_AndIsTriedAgain()
    {
        await SecretScanner.RefuseWritesAsync(_admin, "1 = 1");
        var answers = await Task.WhenAll(RevokeAsync(_live), RevokeAsync(SecretScanner.Like(_live)));
        Assert.Equal(answers[0].Text, answers[1].Text);
        Assert.All(answers, a => Assert.Equal(202, a.Status));
        await Eventually.TrueAsync(() => _admin.Log.Text.Contains("failed and is tried again"));
        await SecretScanner.AllowWritesAsync(_admin);
        await Eventually.TrueAsync(async () => await StatusAsync() == "revoked");
        Assert.DoesNotContain(_live, _admin.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrefixUnderAPepperThatIsNotHere_ShowsInNoAnswer_ButInTheLog()
    {
        await _admin.Store.Database.WriteAsync(s => s.ExecuteAsync("update api_keys set pepper_id = 'gone'"));
        var answers = await Task.WhenAll(RevokeAsync(_live), RevokeAsync(SecretScanner.Like(_live)), RevokeAsync("x"));
        Assert.All(answers, a => Assert.Equal((202, answers[0].Text), (a.Status, a.Text)));
        await Eventually.TrueAsync(() => _admin.Log.Lines.Count(l => l.Contains("came to nothing")) == 2);
        var metrics = new PrometheusScrape(await _admin.Client.GetStringAsync("/metrics"));
        Assert.Equal(2, metrics["gateway_leaks_undecided_total"]);
    }

    [Fact]
    public async Task StoreThatIsAway_IsSaidToAllAlike()
    {
        await _admin.Store.Database.WriteAsync(s => s.ExecuteAsync("alter table gateways rename to gone"));
        var fleet = _admin.Services.GetRequiredService<FleetWatch>();
        await Eventually.TrueAsync(() => !fleet.StoreAnswers);
        foreach (var key in new[] { _live, SecretScanner.Like(_live), "nonsense", OperatorTokens.Generate() })
            (await RevokeAsync(key)).Refused(503, "STORE_UNAVAILABLE");
        Assert.Equal("active", await StatusAsync());
    }

    [Fact]
    public async Task RevocationsUnderWay_AreBounded_WhateverTheKey()
    {
        await using var outage = StoreOutage.Of(_admin.Store);
        await outage.BeginAsync();
        var underWay = _admin.Services.GetRequiredService<HeldRevocations>();
        for (var i = 0; i < HeldRevocations.MaxUnderWay; i++)
            Assert.True(underWay.TryBegin(_live, System.Net.IPAddress.Loopback, "r"));
        foreach (var key in new[] { _live, SecretScanner.Like(_live), "nonsense" })
            (await RevokeAsync(key)).Refused(503, "OVERLOADED");
        await outage.EndAsync();
        await Eventually.TrueAsync(async () => (await RevokeAsync("nonsense")).Status == 202);
    }

    [Fact]
    public async Task ProcessThatStops_CarriesOutWhatItTook()
    {
        await using var outage = StoreOutage.Of(_admin.Store);
        await outage.BeginAsync();
        Assert.Equal(202, (await RevokeAsync(_live)).Status);
        var stopping = _admin.StopAsync();
        await outage.EndAsync();
        await stopping;
        const string Sql = "select count(*) from api_keys where revoked_at is not null";
        Assert.Equal(1, await _admin.Store.Database.ReadAsync(s => s.ValueAsync<long>(Sql)));
    }

    private Task<ApiAnswer> RevokeAsync(string key) => _admin.PostAsync("/v1/leaks/revoke", new { key }, null);

    private async Task<string> StatusAsync() => (string)(await _admin.GetAsync(_path)).Succeeded().Key["status"]!;
}
