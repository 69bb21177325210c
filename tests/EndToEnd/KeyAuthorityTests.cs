namespace Gateway.Tests;

/// <summary>What a key may not do to other keys, and none to itself, on the product's own host.</summary>
public sealed class KeyAuthorityTests(KeyAuthorityTests.Sdp fixture) : IClassFixture<KeyAuthorityTests.Sdp>
{
    private readonly Deployment _sdp = fixture.Deployment;
    private readonly HttpClient _host = fixture.Deployment.Gateway.Client;

    /// <summary>One deployment for the class; each test has an account of its own.</summary>
    public sealed class Sdp : IAsyncLifetime
    {
        /// <summary>The deployment.</summary>
        public Deployment Deployment { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => Deployment = await Deployment.StartAsync(new());

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Deployment.DisposeAsync();
    }

    [Fact]
    public async Task DeveloperKey_ManagesNoKeys()
    {
        var (account, admin) = await _sdp.OpenAccountAsync();
        var (_, developer) = await _sdp.Admin.IssueKeyAsync(account, new { role = "api_developer" });
        var target = await MakeAsync(admin, "api_admin");

        foreach (var role in new[] { "api_admin", "api_developer", "api_readonly" })
            (await PostAsync("/v1/api-keys", developer, new { name = "mine", role })).Refused(
                403,
                "INSUFFICIENT_PERMISSIONS"
            );
        (await PostAsync($"/v1/api-keys/{target}/rotate", developer)).Refused(403, "INSUFFICIENT_PERMISSIONS");
        (await SdpPage.RevokeAsync(_host, developer, target)).Refused(403, "INSUFFICIENT_PERMISSIONS");
    }

    [Fact]
    public async Task DeveloperWhoMayManageKeys_GrantsDeveloper_ButNeitherMakesNorRotatesAnAdminKey()
    {
        var (account, admin) = await _sdp.OpenAccountAsync();
        var permissions = new[] { "tokens:*", "api-keys:read", "api-keys:write" };
        var (_, manager) = await _sdp.Admin.IssueKeyAsync(account, new { permissions });
        var target = await MakeAsync(admin, "api_admin");

        (await PostAsync("/v1/api-keys", manager, new { name = "up", role = "api_admin" })).Refused(
            403,
            "INSUFFICIENT_PERMISSIONS"
        );
        (await PostAsync($"/v1/api-keys/{target}/rotate", manager)).Refused(403, "INSUFFICIENT_PERMISSIONS");
        (await PostAsync($"/v1/api-keys/{target}/disable", manager)).Refused(403, "INSUFFICIENT_PERMISSIONS");
        (await SdpPage.RevokeAsync(_host, manager, target)).Refused(403, "INSUFFICIENT_PERMISSIONS");

        var within = new { name = "within", permissions = new[] { "tokens:read" } };
        var made = (await PostAsync("/v1/api-keys", manager, within)).Succeeded(201);
        Assert.Equal("200", await _sdp.CallAsync((string)made.Key["key"]!));
        (await PostAsync($"/v1/api-keys/{made.Key["id"]}/rotate", manager)).Succeeded(201);
    }

    [Fact]
    public async Task Key_ChangesNeitherItself_NorItsSuccessor_NorItsMaker()
    {
        var (account, admin) = await _sdp.OpenAccountAsync();
        var maker = await _sdp.Admin.IssueAdminKeyAsync(account);
        var made = await PostAsync("/v1/api-keys", maker.Secret, new { name = "made", role = "api_admin" });
        var (id, secret) = ((string)made.Succeeded(201).Key["id"]!, (string)made.Key["key"]!);
        var successor = (await PostAsync($"/v1/api-keys/{id}/rotate", admin)).Succeeded(201);

        foreach (var target in new[] { id, (string)successor.Key["id"]!, maker.Id })
        {
            var path = $"/v1/api-keys/{target}";
            var name = target == maker.Id ? "admin" : "made";
            foreach (
                var answer in new[]
                {
                    await _host.CallAsync(HttpMethod.Patch, path, """{"expiresAt":null}""", secret),
                    await PostAsync($"{path}/rotate", secret),
                    await PostAsync($"{path}/disable", secret),
                    await PostAsync($"{path}/enable", secret),
                    await _host.CallAsync(HttpMethod.Delete, path, new { confirmation = name }, secret),
                    await PostAsync($"{path}/revoke", secret, new { confirmation = name }),
                }
            )
                answer.Refused(400, "SELF_MODIFICATION");
        }
        Assert.Equal(["200", "200"], [await _sdp.CallAsync(secret), await _sdp.CallAsync(maker.Secret)]);
    }

    [Fact]
    public async Task KeyThatIsRefused_NeverReachesTheAdminApi()
    {
        var (account, _) = await _sdp.OpenAccountAsync();
        var (id, revoked) = await _sdp.Admin.IssueAdminKeyAsync(account);
        await _sdp.Admin.DeleteAsync($"/v1/accounts/{account}/api-keys/{id}", new { confirmation = "admin" });

        var refused = (await PostAsync("/v1/api-keys", revoked, new { name = "x" })).Refused(401, "REVOKED_API_KEY");
        // The gateway's own refusal, not one it passed on.
        Assert.Contains("gateway", refused.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        var nobody = await _host.CallAsync(HttpMethod.Post, "/v1/api-keys", new { name = "x" }, null);
        nobody.Refused(401, "UNAUTHORIZED");
        // An operator's credential is for the admin API's own port.
        (await PostAsync("/v1/api-keys", TestAdmin.OperatorToken, new { name = "x" })).Refused(401, "INVALID_API_KEY");
    }

    private Task<ApiAnswer> PostAsync(string path, string key, object? body = null) =>
        _host.CallAsync(HttpMethod.Post, path, body, key);

    private async Task<string> MakeAsync(string key, string role)
    {
        var made = await PostAsync("/v1/api-keys", key, new { name = SdpPage.Name, role });
        return (string)made.Succeeded(201).Key["id"]!;
    }
}
