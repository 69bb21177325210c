namespace Gateway.Tests;

/// <summary>Records that cannot be read as this deployment is set up: our fault, never a verdict about the key.</summary>
public sealed class DamagedStoreTests
{
    private static readonly Dictionary<string, string?> OneEnvironment = new()
    {
        ["Keys:Environments:production:Prefix"] = "sk_live_",
    };

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RecordThatIsNotWhatWeWrote_Is503AtTheGateway_And500AtTheAdminApi(string provider)
    {
        await using var sdp = await Deployment.StartAsync(new() { Provider = provider });
        var (account, admin) = await sdp.OpenAccountAsync();
        var (id, key) = await sdp.Admin.IssueKeyAsync(account, new { role = "api_admin" });
        await sdp.Store.Database.WriteAsync(s =>
            s.ExecuteAsync("update api_keys set permissions = '{' where id = @id", new { id })
        );

        Assert.Equal("503 VERIFICATION_UNAVAILABLE", await sdp.CallAsync(key));
        var path = $"/v1/accounts/{account}/api-keys/{id}";
        (await sdp.Admin.GetAsync(path)).Refused(500, "INTERNAL_ERROR");
        (await sdp.Gateway.Client.CallAsync(HttpMethod.Get, $"/v1/api-keys/{id}", null, admin)).Refused(
            500,
            "INTERNAL_ERROR"
        );
        Assert.Equal("200", await sdp.CallAsync(admin));
    }

    [Fact]
    public async Task KeyOfAnEnvironmentThatIsGone_IsNotJudged_AndNotRotated_ButCanBeRevoked()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var upstream = new RecordingUpstream();
        string account,
            id,
            key;
        await using (var before = await TestAdmin.StartAsync(store: store))
        {
            account = (await before.AddAccountAsync()).Id;
            (id, key) = await before.IssueKeyAsync(account, new { role = "api_admin" });
        }
        await using var admin = await TestAdmin.StartAsync(OneEnvironment, store);
        await using var gateway = await TestGateway.StartAsync(store.Options, TestRoutes.For(upstream), OneEnvironment);
        var path = $"/v1/accounts/{account}/api-keys/{id}";

        // Its prefix is nobody's here, so it is no key of this deployment.
        Assert.Equal("401 INVALID_API_KEY", await Deployment.CallAsync(gateway, key, "/any/x"));
        (await admin.GetAsync("/v1/api-keys", key)).Refused(401, "INVALID_API_KEY");
        (await admin.PostAsync($"{path}/rotate")).Refused(409, "ENVIRONMENT_GONE");
        Assert.Equal("sandbox", (string)(await admin.GetAsync(path)).Succeeded().Key["environment"]!);
        (await admin.DeleteAsync(path, new { confirmation = SdpPage.Name })).Succeeded();
    }
}
