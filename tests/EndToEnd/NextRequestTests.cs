namespace Gateway.Tests;

/// <summary>
/// What is changed at the admin API holds at every gateway from the next request on. Nothing here waits for anything but
/// the answer of the change.
/// </summary>
public abstract class NextRequestTests(string provider) : IAsyncLifetime
{
    private Deployment _sdp = null!;
    private string _account = "";
    private string _keys = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // The gateways' clocks are ahead, so that an expiry can be to come for the admin API and past for them.
        _sdp = await Deployment.StartAsync(
            new()
            {
                Provider = provider,
                Gateways = 2,
                GatewaysAhead = TimeSpan.FromHours(2),
            }
        );
        (_account, _) = await _sdp.OpenAccountAsync();
        _keys = $"/v1/accounts/{_account}/api-keys";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _sdp.DisposeAsync();
    }

    [Fact]
    public async Task ExpiryAndAddresses_SetMovedAndCleared_HoldOnTheNextRequest()
    {
        var (id, key) = await MakeAsync();
        var now = _sdp.Admin.Clock.GetUtcNow();

        await PatchAsync(id, new { expiresAt = now.AddHours(1) });
        Assert.Equal("401 EXPIRED_API_KEY", await _sdp.CallAsync(key));
        await PatchAsync(id, new { expiresAt = now.AddHours(3) });
        Assert.Equal("200", await _sdp.CallAsync(key));
        await PatchAsync(id, new { expiresAt = now.AddHours(1) });
        Assert.Equal("401 EXPIRED_API_KEY", await _sdp.CallAsync(key));
        await PatchAsync(id, """{"expiresAt":null}""");
        Assert.Equal("200", await _sdp.CallAsync(key));

        await PatchAsync(id, new { allowedIps = new[] { "203.0.113.0/24" } });
        Assert.Equal("403 IP_NOT_ALLOWED", await _sdp.CallAsync(key));
        await PatchAsync(id, new { allowedIps = new[] { "203.0.113.0/24", "127.0.0.1" } });
        Assert.Equal("200", await _sdp.CallAsync(key));
        await PatchAsync(id, new { allowedIps = new[] { "203.0.113.0/24" } });
        Assert.Equal("403 IP_NOT_ALLOWED", await _sdp.CallAsync(key));
        await PatchAsync(id, """{"allowedIps":null}""");
        Assert.Equal("200", await _sdp.CallAsync(key));
    }

    [Fact]
    public async Task PermissionsAndWallets_NarrowedAndWidened_HoldOnTheNextRequest()
    {
        await _sdp.Admin.AddWalletAsync(_account, "w1");
        var (id, key) = await MakeAsync();

        await PatchAsync(id, new { permissions = new[] { "wallets:read" } });
        Assert.Equal("403 INSUFFICIENT_PERMISSIONS", await _sdp.CallAsync(key));
        await PatchAsync(id, new { permissions = new[] { "wallets:read", "tokens:read" } });
        Assert.Equal("200", await _sdp.CallAsync(key));
        Assert.Equal("wallets:read tokens:read", _sdp.Upstream.Requests[^1].Value("X-Gateway-Permissions"));

        Assert.Equal("200", await _sdp.CallAsync(key, "/v1/wallets/w2/balance"));
        await PatchAsync(id, new { walletScope = "selected", walletBindings = new[] { new { walletId = "w1" } } });
        Assert.Equal("403 WALLET_NOT_ALLOWED", await _sdp.CallAsync(key, "/v1/wallets/w2/balance"));
        Assert.Equal("200", await _sdp.CallAsync(key, "/v1/wallets/w1/balance"));
        await PatchAsync(id, new { walletScope = "all" });
        Assert.Equal("200", await _sdp.CallAsync(key, "/v1/wallets/w2/balance"));
    }

    [Fact]
    public async Task DisablingAndSuspending_HoldOnTheNextRequest_AndSoDoesLiftingThem()
    {
        var (id, key) = await MakeAsync();

        await PostAsync(id, "disable");
        Assert.Equal("401 DISABLED_API_KEY", await _sdp.CallAsync(key));
        await PostAsync(id, "enable");
        Assert.Equal("200", await _sdp.CallAsync(key));

        Known(await _sdp.Admin.PatchAsync($"/v1/accounts/{_account}", new { suspended = true }));
        Assert.Equal("403 ACCOUNT_SUSPENDED", await _sdp.CallAsync(key));
        Known(await _sdp.Admin.PatchAsync($"/v1/accounts/{_account}", new { suspended = false }));
        Assert.Equal("200", await _sdp.CallAsync(key));
    }

    [Fact]
    public async Task RotationWithoutGrace_EndsTheOldKeyOnTheNextRequest()
    {
        var (id, old) = await MakeAsync();
        var answer = await _sdp.Admin.PostAsync($"{_keys}/{id}/rotate", new { gracePeriodHours = 0 });
        Assert.Equal("401 REVOKED_API_KEY", await _sdp.CallAsync(old));
        Assert.Equal("200", await _sdp.CallAsync((string)answer.Succeeded(201).Key["key"]!));
        _sdp.EveryoneKnows(answer);
    }

    [Fact]
    public async Task RotationWithGrace_EndsTheOldKeyAtItsDeadline()
    {
        var (id, old) = await MakeAsync();
        // An hour for the admin API is past for the gateways.
        var answer = await _sdp.Admin.PostAsync($"{_keys}/{id}/rotate", new { gracePeriodHours = 1 });
        Assert.Equal("401 EXPIRED_API_KEY", await _sdp.CallAsync(old));
        Assert.Equal("200", await _sdp.CallAsync((string)answer.Succeeded(201).Key["key"]!));
    }

    [Fact]
    public async Task Revocation_HoldsOnTheNextRequest_OfTheKeyItsDescendantsAndTheWholeAccount()
    {
        for (var round = 0; round < 5; round++)
        {
            var (each, one) = await MakeAsync();
            Known(await _sdp.Admin.DeleteAsync($"{_keys}/{each}", new { confirmation = SdpPage.Name }));
            Assert.Equal("401 REVOKED_API_KEY", await _sdp.CallAsync(one));
        }
        var (id, parent) = await MakeAsync();
        var child = await _sdp.Admin.PostAsync("/v1/api-keys", new { name = "child", role = "api_admin" }, parent);
        var descendant = (string)child.Succeeded(201).Key["key"]!;
        var (_, stranger) = await MakeAsync();
        Assert.Equal("200", await _sdp.CallAsync(descendant));

        Known(await _sdp.Admin.DeleteAsync($"{_keys}/{id}?descendants=true", new { confirmation = SdpPage.Name }));
        Assert.Equal("401 REVOKED_API_KEY", await _sdp.CallAsync(parent));
        Assert.Equal("401 REVOKED_API_KEY", await _sdp.CallAsync(descendant));
        Assert.Equal("200", await _sdp.CallAsync(stranger));

        Known(await _sdp.Admin.PostAsync($"{_keys}/revoke-all", new { confirmation = "Acme" }));
        Assert.Equal("401 REVOKED_API_KEY", await _sdp.CallAsync(stranger));
    }

    // Called once, so that every gateway has it in memory when it is changed.
    private async Task<(string Id, string Secret)> MakeAsync()
    {
        var made = await _sdp.Admin.IssueKeyAsync(_account, new { role = "api_admin" });
        Assert.Equal("200", await _sdp.CallAsync(made.Secret));
        return made;
    }

    private async Task PatchAsync(string id, object change) =>
        Known(await _sdp.Admin.PatchAsync($"{_keys}/{id}", change));

    private async Task PostAsync(string id, string operation) =>
        Known(await _sdp.Admin.PostAsync($"{_keys}/{id}/{operation}"));

    private void Known(ApiAnswer answer) => _sdp.EveryoneKnows(answer.Succeeded());
}

/// <summary>On SQLite.</summary>
public sealed class NextRequestOnSqliteTests() : NextRequestTests("sqlite");

/// <summary>On Postgres.</summary>
public sealed class NextRequestOnPostgresTests() : NextRequestTests("postgres");
