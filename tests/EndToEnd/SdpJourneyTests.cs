using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>What an early user of SDP does, by the calls its page prints, at the admin API and on the product's own host.</summary>
public sealed class SdpJourneyTests
{
    [Theory]
    [InlineData("sqlite", "gateway")]
    [InlineData("sqlite", "admin")]
    [InlineData("postgres", "gateway")]
    [InlineData("postgres", "admin")]
    public async Task PrintedCalls_WorkToTheLetter(string provider, string at)
    {
        await using var sdp = await Deployment.StartAsync(new() { Provider = provider, AdminNow = SdpPage.Printed });
        var (account, admin) = await sdp.OpenAccountAsync();
        var host = At(sdp, at);

        foreach (var create in new[] { SdpPage.CreateAsync, SdpPage.CreateByFetchAsync })
        {
            var created = (await create(host, admin)).Succeeded(201);
            Assert.Matches("^sk_test_[0-9A-Za-z]{38}$", Secret(created));
            Assert.Equal(
                (account, SdpPage.Name, "api_developer", "sandbox", "all", "2026-12-31T23:59:59Z"),
                (
                    Text(created, "accountId"),
                    Text(created, "name"),
                    Text(created, "role"),
                    Text(created, "environment"),
                    Text(created, "walletScope"),
                    Text(created, "expiresAt")
                )
            );
            var rotated = (await SdpPage.RotateAsync(host, admin, Text(created, "id"))).Succeeded(201);
            Assert.NotEqual(Secret(created), Secret(rotated));
            var revoked = (await SdpPage.RevokeAsync(host, admin, Text(created, "id"))).Succeeded();
            Assert.Equal("revoked", Text(revoked, "status"));
            foreach (var answer in new[] { created, rotated, revoked })
                sdp.EveryoneKnows(answer);
        }
    }

    [Theory]
    [InlineData("sqlite", "gateway")]
    [InlineData("sqlite", "admin")]
    [InlineData("postgres", "gateway")]
    [InlineData("postgres", "admin")]
    public async Task KeyIsMade_Called_Rotated_AndTheOldOneRevokedByItsName(string provider, string at)
    {
        await using var sdp = await Deployment.StartAsync(new() { Provider = provider, Gateways = 2 });
        var (account, admin) = await sdp.OpenAccountAsync();
        var host = At(sdp, at);

        var created = (await SdpPage.CreateForLaterAsync(host, admin)).Succeeded(201);
        var old = Secret(created);
        Assert.Equal("200", await sdp.CallAsync(old));
        var seen = sdp.Upstream.Requests[^1];
        Assert.Equal(Text(created, "id"), seen.Value("X-Gateway-Key-Id"));
        Assert.Equal(account, seen.Value("X-Gateway-Account-Id"));
        Assert.Equal("devnet", seen.Value("X-Gateway-Network"));
        Assert.Equal("api_developer", seen.Value("X-Gateway-Role"));
        Assert.Null(seen.Value("Authorization"));
        // "Read/write access, excludes custody actions."
        Assert.Equal("403 INSUFFICIENT_PERMISSIONS", await sdp.CallAsync(old, "/v1/custody/keys"));

        var before = DateTimeOffset.UtcNow;
        var rotated = (await SdpPage.RotateAsync(host, admin, Text(created, "id"))).Succeeded(201);
        sdp.EveryoneKnows(rotated);
        var young = Secret(rotated);
        var deadline = (DateTimeOffset)rotated.Data["previousKey"]!["rotationDeadline"]!;
        Assert.InRange(deadline, before.AddHours(24).AddSeconds(-1), before.AddHours(24).AddMinutes(1));
        Assert.Equal(["200", "200"], [await sdp.CallAsync(old), await sdp.CallAsync(young)]);

        var revoked = (await SdpPage.RevokeAsync(host, admin, Text(created, "id"))).Succeeded();
        Assert.Equal("401 REVOKED_API_KEY", await sdp.CallAsync(old));
        Assert.Equal("200", await sdp.CallAsync(young));
        sdp.EveryoneKnows(revoked);
        Assert.Equal(Text(rotated, "id"), sdp.Upstream.Requests[^1].Value("X-Gateway-Key-Id"));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Rotation_KeepsWhatTheKeyMayDo_WhereAndForHowLong(string provider)
    {
        await using var sdp = await Deployment.StartAsync(new() { Provider = provider });
        var (account, admin) = await sdp.OpenAccountAsync();
        await sdp.Admin.AddWalletAsync(account, "w1");
        var host = sdp.Gateway.Client;
        var asked = new
        {
            name = "bound",
            role = "api_developer",
            permissions = new[] { "wallets:read", "tokens:read" },
            walletScope = "selected",
            walletBindings = new[] { new { walletId = "w1" } },
            signingWalletId = "w1",
            allowedIps = new[] { "127.0.0.0/8", "2001:db8::/32" },
            expiresAt = "2096-01-01T00:00:00Z",
        };
        var created = (await host.CallAsync(HttpMethod.Post, "/v1/api-keys", asked, admin)).Succeeded(201);
        var rotated = (await SdpPage.RotateAsync(host, admin, Text(created, "id"))).Succeeded(201);

        string[] kept =
        [
            "name",
            "role",
            "permissions",
            "walletScope",
            "walletBindings",
            "signingWalletId",
            "allowedIps",
            "expiresAt",
            "environment",
        ];
        foreach (var field in kept)
            Assert.True(JsonNode.DeepEquals(created.Key[field], rotated.Key[field]), field);
        foreach (var key in new[] { Secret(created), Secret(rotated) })
        {
            Assert.Equal("200", await sdp.CallAsync(key, "/v1/wallets/w1/balance"));
            Assert.Equal("w1", sdp.Upstream.Requests[^1].Value("X-Gateway-Signing-Wallet"));
            Assert.Equal("403 WALLET_NOT_ALLOWED", await sdp.CallAsync(key, "/v1/wallets/w2/balance"));
        }
        var elsewhere = await host.CallAsync(
            HttpMethod.Patch,
            $"/v1/api-keys/{Text(rotated, "id")}",
            new { allowedIps = new[] { "203.0.113.7" } },
            admin
        );
        elsewhere.Succeeded();
        Assert.Equal("403 IP_NOT_ALLOWED", await sdp.CallAsync(Secret(rotated)));
        Assert.Equal("200", await sdp.CallAsync(Secret(created)));
    }

    private static HttpClient At(Deployment sdp, string at) => at == "gateway" ? sdp.Gateway.Client : sdp.Admin.Client;

    private static string Text(ApiAnswer answer, string field) => (string)answer.Key[field]!;

    private static string Secret(ApiAnswer answer) => Text(answer, "key");
}
