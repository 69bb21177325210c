using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Operators vouch for wallets; an account's own actors prove theirs or leave it.</summary>
public sealed class WalletRegistrationTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync();
        _account = (await _admin.AddAccountAsync()).Id;
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Operator_RegistersAnyKind()
    {
        var external = new SolanaWallet().Address;
        await RegisterAsync("treasury", "custodial", "Treasury");
        await RegisterAsync("app", "embedded", null);
        await RegisterAsync(external, "external", null);

        var listed = (await _admin.GetAsync(Wallets)).Succeeded().Data["wallets"]!.AsArray();
        Assert.Equal(
            new[] { "app embedded ", $"{external} external ", "treasury custodial Treasury" }.Order(
                StringComparer.Ordinal
            ),
            listed.Select(w => $"{w!["id"]} {w["kind"]} {w["label"]}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task EveryProblemOfARegistration_IsListedAtOnce()
    {
        (
            await _admin.PostAsync(
                Wallets,
                new
                {
                    walletId = "a/b",
                    kind = "cold",
                    label = "x\ny",
                    address = "y",
                }
            )
        ).Refused(400, "VALIDATION_FAILED").WithErrors("walletId INVALID", "kind INVALID", "label INVALID_LENGTH", "address UNKNOWN_FIELD");
        (await _admin.PostAsync(Wallets, new { kind = "custodial" }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("walletId REQUIRED");
        (await _admin.PostAsync(Wallets, new { walletId = "treasury", kind = "external" }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("walletId INVALID_ADDRESS");
        (await _admin.PostAsync(Wallets, new { walletId = "ends.", kind = "custodial" }))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("walletId INVALID");
    }

    [Fact]
    public async Task WalletIds_AreUniqueInAnAccount_AndFreeBetweenAccounts()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        await RegisterAsync("treasury", "custodial", null);
        (await _admin.PostAsync(Wallets, new { walletId = "treasury", kind = "embedded" })).Refused(
            409,
            "WALLET_EXISTS"
        );
        (
            await _admin.PostAsync($"/v1/accounts/{other}/wallets", new { walletId = "treasury", kind = "custodial" })
        ).Succeeded(201);
    }

    [Fact]
    public async Task AccountsOwnKey_ProvesWallets_ButVouchesForNone()
    {
        var (_, key) = await _admin.IssueAdminKeyAsync(_account);
        var wallet = new SolanaWallet();

        (await _admin.PostAsync(Wallets, new { walletId = "treasury", kind = "custodial" }, key)).Refused(
            403,
            "OPERATORS_ONLY"
        );
        await _admin.LinkAsync(_account, wallet, key);
        (await _admin.GetAsync(Wallets, key)).Succeeded();
        (await _admin.DeleteAsync($"{Wallets}/{wallet.Address}", null, key)).Succeeded();
    }

    [Fact]
    public async Task KeyWithoutThePermission_SeesWallets_ButChangesNone()
    {
        var (_, key) = await _admin.IssueKeyAsync(_account, new { role = "api_readonly" });

        (await _admin.GetAsync(Wallets, key)).Succeeded();
        (await _admin.PostAsync($"{Wallets}/challenge", new { address = new SolanaWallet().Address }, key)).Refused(
            403,
            "INSUFFICIENT_PERMISSIONS"
        );
        (await _admin.PostAsync(Wallets, new { }, key)).Refused(403, "INSUFFICIENT_PERMISSIONS");
        (await _admin.DeleteAsync($"{Wallets}/x", null, key)).Refused(403, "INSUFFICIENT_PERMISSIONS");
    }

    [Fact]
    public async Task KeyForSelectedWallets_ChangesNoneOfTheAccounts()
    {
        await RegisterAsync("mine", "custodial", null);
        await RegisterAsync("theirs", "custodial", null);
        var (_, key) = await _admin.IssueKeyAsync(
            _account,
            new
            {
                role = "api_admin",
                walletScope = "selected",
                walletBindings = new[] { new { walletId = "mine" } },
            }
        );
        var wallet = new SolanaWallet();
        var message = await _admin.ChallengeAsync(_account, wallet);

        (await _admin.PostAsync($"{Wallets}/challenge", new { address = wallet.Address }, key)).Refused(
            403,
            "INSUFFICIENT_PERMISSIONS"
        );
        (await _admin.ProveAsync(_account, wallet.Address, message, wallet.Sign(message), key)).Refused(
            403,
            "INSUFFICIENT_PERMISSIONS"
        );
        (await _admin.DeleteAsync($"{Wallets}/theirs", null, key)).Refused(403, "INSUFFICIENT_PERMISSIONS");
    }

    [Fact]
    public async Task AnotherAccountsWallets_DoNotExist()
    {
        var other = (await _admin.AddAccountAsync()).Id;
        var (_, key) = await _admin.IssueAdminKeyAsync(other);
        await RegisterAsync("treasury", "custodial", null);

        (await _admin.GetAsync(Wallets, key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.PostAsync(Wallets, new { }, key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.DeleteAsync($"{Wallets}/treasury", null, key)).Refused(404, "ACCOUNT_NOT_FOUND");
        (await _admin.DeleteAsync($"/v1/accounts/{other}/wallets/treasury", null, key)).Refused(
            404,
            "WALLET_NOT_FOUND"
        );
        (await _admin.GetAsync("/v1/accounts/acc_none/wallets")).Refused(404, "ACCOUNT_NOT_FOUND");
    }

    [Fact]
    public async Task Wallets_AreLimited()
    {
        await _admin.Store.Database.WriteAsync(async s =>
        {
            for (var i = 0; i < 100; i++)
                await s.InsertWalletAsync(new Wallet(_account, $"w{i}", WalletKind.Custodial, null, Sample.Now));
        });
        (await _admin.PostAsync(Wallets, new { walletId = "w100", kind = "custodial" })).Refused(
            409,
            "WALLET_LIMIT_REACHED"
        );
    }

    private string Wallets => $"/v1/accounts/{_account}/wallets";

    private async Task RegisterAsync(string walletId, string kind, string? label) =>
        (
            await _admin.PostAsync(
                Wallets,
                new
                {
                    walletId,
                    kind,
                    label,
                }
            )
        ).Succeeded(201);
}
