using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Admin;
using Gateway.Keys.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Operators have names and tokens of their own.</summary>
public sealed class OperatorsTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;

    public async ValueTask InitializeAsync() => _admin = await TestAdmin.StartAsync();

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Token_IsShownOnce_StoredHashed_AndWorksUntilItsOperatorIsRemoved()
    {
        var (id, token) = await CreateAsync("ada");

        var listed = (await _admin.GetAsync("/v1/operators", token)).Succeeded();
        Assert.Equal("ada", (string)listed.Data["operators"]!.AsArray().Single()!["name"]!);
        Assert.DoesNotContain("token", listed.Data["operators"]!.ToJsonString(), StringComparison.Ordinal);
        var stored = (await _admin.Store.Database.ReadAsync(s => s.ListOperatorsAsync())).Single();
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(token)), stored.TokenHash);
        Assert.DoesNotContain(token, (await _admin.GetAsync("/v1/audit")).Text, StringComparison.Ordinal);

        (await _admin.DeleteAsync($"/v1/operators/{id}")).Succeeded();
        (await _admin.GetAsync("/v1/operators", token)).Refused(401, "INVALID_API_KEY");
        (await _admin.DeleteAsync($"/v1/operators/{id}")).Refused(404, "OPERATOR_NOT_FOUND");
    }

    [Fact]
    public async Task Replay_AnswersTheSame_WithoutTheToken()
    {
        var header = ("Idempotency-Key", "once");
        var first = await _admin.SendAsync(HttpMethod.Post, "/v1/operators", new { name = "ada" }, headers: header);
        var again = await _admin.SendAsync(HttpMethod.Post, "/v1/operators", new { name = "ada" }, headers: header);

        Assert.NotNull(first.Succeeded(201).Data["operator"]!["token"]);
        Assert.Null(again.Succeeded(201).Data["operator"]!["token"]);
        Assert.Equal((string)first.Data["operator"]!["id"]!, (string)again.Data["operator"]!["id"]!);
    }

    [Fact]
    public async Task Name_IsUnique_AndNeeded()
    {
        await CreateAsync("ada");
        (await _admin.PostAsync("/v1/operators", new { name = "ada" })).Refused(409, "OPERATOR_EXISTS");
        (await _admin.PostAsync("/v1/operators", new { name = "", admin = true }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("name INVALID_LENGTH", "admin UNKNOWN_FIELD");
    }

    [Fact]
    public async Task OperatorCannotRemoveItself_SoThatOneIsAlwaysLeft()
    {
        var (ada, adasToken) = await CreateAsync("ada");
        var (bob, _) = await CreateAsync("bob");

        (await _admin.DeleteAsync($"/v1/operators/{ada}", null, adasToken)).Refused(400, "SELF_MODIFICATION");
        (await _admin.DeleteAsync($"/v1/operators/{bob}", null, adasToken)).Succeeded();
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task TwoWhoRemoveEachOtherAtOnce_ComeOneAfterTheOther(string provider)
    {
        await using var host = await TestAdmin.StartAsync(provider: provider);
        for (var round = 0; round < 5; round++)
        {
            var (one, other) = (await CreateAsync("ada", host), await CreateAsync("bob", host));

            var answers = await Task.WhenAll(
                host.DeleteAsync($"/v1/operators/{one.Id}", null, other.Token),
                host.DeleteAsync($"/v1/operators/{other.Id}", null, one.Token)
            );

            answers.Single(a => a.Status != 200).Refused(401, "INVALID_API_KEY");
            var left = (await host.GetAsync("/v1/operators")).Succeeded().Data["operators"]!.AsArray();
            (await host.DeleteAsync($"/v1/operators/{Assert.Single(left)!["id"]}")).Succeeded();
        }
    }

    [Fact]
    public async Task KeysAndStrangers_AreNoOperators()
    {
        var (_, key) = await _admin.IssueAdminKeyAsync((await _admin.AddAccountAsync()).Id);
        var (id, token) = await CreateAsync("ada");

        (await _admin.GetAsync("/v1/operators", key)).Refused(403, "OPERATORS_ONLY");
        (await _admin.PostAsync("/v1/operators", new { name = "eve" }, key)).Refused(403, "OPERATORS_ONLY");
        (await _admin.DeleteAsync($"/v1/operators/{id}", null, key)).Refused(403, "OPERATORS_ONLY");
        (await _admin.GetAsync("/v1/operators", null)).Refused(401, "UNAUTHORIZED");
        var almost = token[..^1] + (token[^1] == 'A' ? 'B' : 'A');
        (await _admin.GetAsync("/v1/operators", almost)).Refused(401, "INVALID_API_KEY");
    }

    // Let in before it was removed: the core is called as the way in would have called it.
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RemovedOperator_WritesNothing_ThoughItsCallWasUnderWay(string provider)
    {
        await using var host = await TestAdmin.StartAsync(provider: provider);
        var admin = host.Services.GetRequiredService<AdminServices>();
        var account = await host.AddAccountAsync();
        var made = (await host.PostAsync("/v1/operators", new { name = "ada" })).Succeeded(201).Data["operator"]!;
        var caller = new Caller
        {
            Actor = Actor.Operator((string)made["id"]!, "ada"),
            AccountId = account.Id,
            Ip = IPAddress.Loopback,
            RequestId = "r",
        };
        var (key, _) = await host.IssueKeyAsync(account.Id);
        Assert.NotNull((await SwitchKey.DisableAsync(admin, caller, key, new EmptyRequest())).Value);

        (await host.DeleteAsync($"/v1/operators/{caller.Actor.Id}")).Succeeded();

        var enabling = await SwitchKey.EnableAsync(admin, caller, key, new EmptyRequest());
        Assert.Equal("INVALID_API_KEY", enabling.Problem!.Code);
        var removing = await RemoveOperator.RunAsync(admin, caller, "op_other", new EmptyRequest());
        Assert.Equal("INVALID_API_KEY", removing.Problem!.Code);
        var path = $"/v1/accounts/{account.Id}/api-keys/{key}";
        Assert.Equal("disabled", (string)(await host.GetAsync(path)).Key["status"]!);
    }

    [Fact]
    public async Task Operators_AreLimited()
    {
        await _admin.Store.Database.WriteAsync(async s =>
        {
            for (var i = 0; i < 100; i++)
                await s.InsertOperatorAsync(
                    new OperatorRecord($"op_{i}", $"op{i}", RandomNumberGenerator.GetBytes(32), Sample.Now)
                );
        });
        (await _admin.PostAsync("/v1/operators", new { name = "one too many" })).Refused(409, "OPERATOR_LIMIT_REACHED");
    }

    private async Task<(string Id, string Token)> CreateAsync(string name, TestAdmin? at = null)
    {
        var made = (await (at ?? _admin).PostAsync("/v1/operators", new { name })).Succeeded(201).Data["operator"]!;
        return ((string)made["id"]!, (string)made["token"]!);
    }
}
