using Gateway.Admin;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>What has been kept long enough is forgotten, and nothing that is still needed.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private Account _account = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(
            new()
            {
                ["Audit:KeepDays"] = "10",
                ["Usage:KeepDays"] = "5",
                ["Changes:KeepDays"] = "2",
            }
        );
        _account = await _admin.AddAccountAsync();
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task OldEntriesCountsAnswersAndChallenges_Go_AndYoungOnesStay()
    {
        await _admin.PostAsync($"{Path}/wallets/challenge", new { address = new SolanaWallet().Address });
        await _admin.SendAsync(HttpMethod.Post, "/v1/operators", new { name = "a" }, headers: ("Idempotency-Key", "1"));
        await AddUsageAsync(_admin.Clock.Now());
        Assert.Equal((2, 1, 1, 1), await CountAsync());

        await ForgetAfterAsync(TimeSpan.FromMinutes(11));
        Assert.Equal((2, 1, 1, 0), await CountAsync());
        await ForgetAfterAsync(TimeSpan.FromHours(24));
        Assert.Equal((2, 1, 0, 0), await CountAsync());
        await ForgetAfterAsync(TimeSpan.FromDays(5));
        Assert.Equal((2, 0, 0, 0), await CountAsync());
        await ForgetAfterAsync(TimeSpan.FromDays(5));
        Assert.Equal((0, 0, 0, 0), await CountAsync());
    }

    [Fact]
    public async Task OldChanges_Go_ButNotTheNewest_NorWhatAnOpenGatewayHasNotApplied()
    {
        await AgeChangesAsync(5, days: 3);
        var gateway = Sample.Gateway();
        await _admin.Store.Database.WriteAsync(s => s.InsertGatewayAsync(gateway));
        await _admin.Store.Database.WriteAsync(s =>
            s.RenewGatewayAsync(gateway.Incarnation, 1, 3, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60))
        );

        await ForgetAfterAsync(TimeSpan.Zero);
        Assert.Equal([3, 4, 5], await ChangesAsync());

        await _admin.Store.Database.WriteAsync(s => s.CloseGatewayAsync(gateway.Incarnation));
        await ForgetAfterAsync(TimeSpan.Zero);
        Assert.Equal([5], await ChangesAsync());
        Assert.Single(await _admin.Store.Database.ReadAsync(s => s.ListGatewaysAsync()));

        await ForgetAfterAsync(TimeSpan.FromDays(3));
        Assert.Empty(await _admin.Store.Database.ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal([5], await ChangesAsync());
    }

    private string Path => $"/v1/accounts/{_account.Id}";

    private Task<int> ForgetAfterAsync(TimeSpan time)
    {
        _admin.Clock.Advance(time);
        return _admin.Services.GetRequiredService<Retention>().RunAsync(default);
    }

    private Task AddUsageAsync(DateTimeOffset at) =>
        _admin.Store.Database.WriteUsageAsync(
            new UsageBatch(Ids.Random(), [], [new UsageCount("key_1", at, "accepted", 1)])
        );

    private Task AgeChangesAsync(int count, int days) =>
        _admin.Store.Database.WriteAsync(async s =>
        {
            for (var i = 0; i < count; i++)
            {
                var number = await s.AppendChangeAsync(ChangeKinds.AccountUpdated, _account.Id);
                var at = _admin.Clock.Now().AddDays(-days).AddSeconds(i);
                await s.ExecuteAsync("update changes set at = @at where number = @number", new { at, number });
            }
        });

    private async Task<IEnumerable<long>> ChangesAsync() =>
        (await _admin.Store.Database.ReadAsync(s => s.ReadChangesAsync(0, 100))).Select(c => c.Number);

    private Task<(int Audit, int Usage, int Answers, int Challenges)> CountAsync() =>
        _admin.Store.Database.ReadAsync(async s =>
            (
                await s.ValueAsync<int>("select count(*) from audit_entries"),
                await s.ValueAsync<int>("select count(*) from usage_hourly"),
                await s.ValueAsync<int>("select count(*) from idempotency"),
                await s.ValueAsync<int>("select count(*) from wallet_challenges")
            )
        );
}
