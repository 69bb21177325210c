using System.Text;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A wallet is linked by whoever holds its key, once for each challenge, to one account.</summary>
public sealed class WalletsTests : IAsyncLifetime
{
    private readonly SolanaWallet _wallet = new();
    private TestAdmin _admin = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync(new() { ["Eligibility:Domain"] = "keys.example.com" });
        _account = (await _admin.AddAccountAsync()).Id;
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task WalletThatSignsTheChallenge_IsLinked()
    {
        var message = await _admin.ChallengeAsync(_account, _wallet);
        Assert.StartsWith("keys.example.com wants you to sign in", message, StringComparison.Ordinal);

        var linked = await _admin.ProveAsync(_account, _wallet.Address, message, _wallet.Sign(message));

        linked.Succeeded(201);
        var wallet = linked.Data["wallet"]!;
        Assert.Equal(_wallet.Address, (string)wallet["id"]!);
        Assert.Equal("external", (string)wallet["kind"]!);
        Assert.True((bool)linked.Data["propagation"]!["complete"]!);
        var listed = (await _admin.GetAsync(Wallets)).Succeeded();
        Assert.Equal(wallet.ToJsonString(), listed.Data["wallets"]!.AsArray().Single()!.ToJsonString());
        Assert.Null(listed.Data["nextCursor"]);
    }

    [Fact]
    public async Task SignatureInBase64_IsTakenToo()
    {
        var message = await _admin.ChallengeAsync(_account, _wallet);
        var signature = Convert.ToBase64String(_wallet.Sign(Encoding.UTF8.GetBytes(message)));
        (await _admin.ProveAsync(_account, _wallet.Address, message, signature)).Succeeded(201);
    }

    [Fact]
    public async Task ChallengeIsAnsweredOnce()
    {
        var message = await _admin.ChallengeAsync(_account, _wallet);
        var signature = _wallet.Sign(message);
        (await _admin.ProveAsync(_account, _wallet.Address, message, signature)).Succeeded(201);
        (await _admin.DeleteAsync($"{Wallets}/{_wallet.Address}")).Succeeded();

        (await _admin.ProveAsync(_account, _wallet.Address, message, signature)).Refused(400, "CHALLENGE_INVALID");
        Assert.Empty((await _admin.GetAsync(Wallets)).Data["wallets"]!.AsArray());
    }

    [Fact]
    public async Task ChallengeIsAnsweredOnce_EvenByManyAtOnce()
    {
        var message = await _admin.ChallengeAsync(_account, _wallet);
        var signature = _wallet.Sign(message);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => _admin.ProveAsync(_account, _wallet.Address, message, signature))
        );

        Assert.Equal(1, answers.Count(a => a.Status == 201));
        Assert.All(answers.Where(a => a.Status != 201), a => a.Refused(400, "CHALLENGE_INVALID"));
    }

    [Fact]
    public async Task ExpiredChallenge_IsRefused()
    {
        var late = await _admin.ChallengeAsync(_account, _wallet);
        _admin.Clock.Advance(TimeSpan.FromMinutes(10));
        (await _admin.ProveAsync(_account, _wallet.Address, late, _wallet.Sign(late))).Refused(
            400,
            "CHALLENGE_INVALID"
        );

        var inTime = await _admin.ChallengeAsync(_account, _wallet);
        _admin.Clock.Advance(TimeSpan.FromMinutes(9));
        (await _admin.ProveAsync(_account, _wallet.Address, inTime, _wallet.Sign(inTime))).Succeeded(201);
    }

    [Fact]
    public async Task AnotherMessage_ProvesNothing_HoweverWellItIsSigned()
    {
        var message = await _admin.ChallengeAsync(_account, _wallet);
        foreach (
            var forged in new[] { message + "\n", message.Replace("keys.", "evil.", StringComparison.Ordinal), "hi" }
        )
            (await _admin.ProveAsync(_account, _wallet.Address, forged, _wallet.Sign(forged))).Refused(
                400,
                "CHALLENGE_INVALID"
            );
    }

    [Fact]
    public async Task ChallengeOfAnotherAccountOrAddress_ProvesNothing()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        var theirs = await _admin.ChallengeAsync(other, _wallet);
        (await _admin.ProveAsync(_account, _wallet.Address, theirs, _wallet.Sign(theirs))).Refused(
            400,
            "CHALLENGE_INVALID"
        );

        var second = new SolanaWallet();
        var firsts = await _admin.ChallengeAsync(_account, _wallet);
        (await _admin.ProveAsync(_account, second.Address, firsts, second.Sign(firsts))).Refused(
            400,
            "CHALLENGE_INVALID"
        );
    }

    [Fact]
    public async Task SignatureByAnotherKey_IsRefused_AndTheChallengeStaysGood()
    {
        var message = await _admin.ChallengeAsync(_account, _wallet);
        (await _admin.ProveAsync(_account, _wallet.Address, message, new SolanaWallet().Sign(message))).Refused(
            400,
            "SIGNATURE_INVALID"
        );
        (await _admin.ProveAsync(_account, _wallet.Address, message, _wallet.Sign(message))).Succeeded(201);
    }

    [Fact]
    public async Task AddressBelongsToOneAccount()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        await _admin.LinkAsync(_account, _wallet);

        (await ProveAsync(other)).Refused(409, "WALLET_TAKEN");
        (await ProveAsync(_account)).Refused(409, "WALLET_EXISTS");

        (await _admin.DeleteAsync($"{Wallets}/{_wallet.Address}")).Succeeded();
        (await ProveAsync(other)).Succeeded(201);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task AddressBelongsToOneAccount_WhenManyLinkItAtOnce(string provider)
    {
        await using var admin = await TestAdmin.StartAsync(provider: provider);
        var accounts = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => admin.AddAccountAsync()));
        var messages = await Task.WhenAll(accounts.Select(a => admin.ChallengeAsync(a.Id, _wallet)));

        var answers = await Task.WhenAll(
            accounts.Zip(messages, (a, m) => admin.ProveAsync(a.Id, _wallet.Address, m, _wallet.Sign(m)))
        );

        Assert.Equal(1, answers.Count(a => a.Status == 201));
        Assert.All(answers.Where(a => a.Status != 201), a => a.Refused(409, "WALLET_TAKEN"));
    }

    [Theory]
    [InlineData("custodial")]
    [InlineData("embedded")]
    public async Task AddressTheProductHolds_CannotBeLinkedAsExternal_ByAnyAccount(string kind)
    {
        var other = (await _admin.AddAccountAsync()).Id;
        (await _admin.PostAsync($"/v1/accounts/{other}/wallets", new { walletId = _wallet.Address, kind })).Succeeded(
            201
        );

        (await ProveAsync(_account)).Refused(409, "WALLET_NOT_EXTERNAL");
        (await _admin.PostAsync(Wallets, new { walletId = _wallet.Address, kind = "external" })).Refused(
            409,
            "WALLET_NOT_EXTERNAL"
        );
        (await _admin.PostAsync(Wallets, new { walletId = _wallet.Address, kind })).Refused(409, "WALLET_TAKEN");
    }

    [Fact]
    public async Task EveryProblemOfAProof_IsListedAtOnce()
    {
        (await _admin.PostAsync(Wallets, """{"address":"x","message":"","signature":"AAAA","lable":"l"}"""))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors(
                "address INVALID_ADDRESS",
                "message INVALID_LENGTH",
                "signature INVALID_SIGNATURE",
                "lable UNKNOWN_FIELD"
            );
        (await _admin.PostAsync(Wallets))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("address REQUIRED", "message REQUIRED", "signature REQUIRED");
        (await _admin.PostAsync($"{Wallets}/challenge", new { address = 7 }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("address WRONG_TYPE");
    }

    // Of small order (Solana's system program among them), with y = p + 1, and with a character base58 does not have.
    [Theory]
    [InlineData("11111111111111111111111111111111")]
    [InlineData("H5xSWNRAbqKddKjrabehyU8drL3Dk4LgZJiEJc9rGGyC")]
    [InlineData("0NEpo7TZRRrLZSi2U0NEpo7TZRRrLZSi2U0NEpo7TZRR")]
    public async Task AddressNobodyCanSignFor_GetsNoChallenge(string address) =>
        (await _admin.PostAsync($"{Wallets}/challenge", new { address }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("address INVALID_ADDRESS");

    [Fact]
    public async Task UnansweredChallenges_AreBounded_AndRunOut()
    {
        for (var i = 0; i < 20; i++)
            await _admin.ChallengeAsync(_account, _wallet);

        var refused = await _admin.PostAsync($"{Wallets}/challenge", new { address = _wallet.Address });
        refused.Refused(429, "TOO_MANY_CHALLENGES");
        Assert.Equal(TimeSpan.FromSeconds(60), refused.Headers.RetryAfter!.Delta);

        _admin.Clock.Advance(TimeSpan.FromMinutes(10));
        await _admin.LinkAsync(_account, _wallet);
    }

    [Fact]
    public async Task WalletAKeyIsBoundTo_CannotBeUnlinked_UntilTheKeyIsRevoked()
    {
        (await _admin.PostAsync(Wallets, new { walletId = "signs", kind = "custodial" })).Succeeded(201);
        await _admin.LinkAsync(_account, _wallet);
        var (id, _) = await _admin.IssueKeyAsync(
            _account,
            new
            {
                walletScope = "selected",
                walletBindings = new[] { new { walletId = _wallet.Address } },
                signingWalletId = "signs",
            }
        );

        foreach (var wallet in new[] { _wallet.Address, "signs" })
            (await _admin.DeleteAsync($"{Wallets}/{wallet}")).Refused(409, "WALLET_IN_USE");

        await RevokeAsync(id);
        foreach (var wallet in new[] { _wallet.Address, "signs" })
            (await _admin.DeleteAsync($"{Wallets}/{wallet}")).Succeeded();
        (await _admin.DeleteAsync($"{Wallets}/signs")).Refused(404, "WALLET_NOT_FOUND");
    }

    [Fact]
    public async Task UnlinkingTakesNoFields()
    {
        await _admin.LinkAsync(_account, _wallet);
        (await _admin.DeleteAsync($"{Wallets}/{_wallet.Address}", new { force = true }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("force UNKNOWN_FIELD");
    }

    private string Wallets => $"/v1/accounts/{_account}/wallets";

    private async Task<ApiAnswer> ProveAsync(string account)
    {
        var message = await _admin.ChallengeAsync(account, _wallet);
        return await _admin.ProveAsync(account, _wallet.Address, message, _wallet.Sign(message));
    }

    private Task RevokeAsync(string keyId) =>
        _admin.Store.Database.WriteAsync(async s =>
        {
            var key = await s.GetKeyAsync(keyId);
            await s.UpdateKeyAsync(key! with { RevokedAt = _admin.Clock.GetUtcNow() });
        });
}
