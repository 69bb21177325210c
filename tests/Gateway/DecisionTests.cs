using System.Net;
using System.Text.Json.Nodes;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>The decision, check by check, through real HTTP: status, code, challenge and body of each refusal.</summary>
public sealed class DecisionTests : IAsyncLifetime
{
    private TestStore _store = null!;
    private RecordingUpstream _upstream = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        _upstream = new RecordingUpstream();
        var clusters = """
            , "by-environment": {
              "ClusterId": "up", "Match": { "Path": "/by-environment/{**rest}" },
              "Metadata": { "Access": "key", "Cluster.sandbox": "up" }
            }
            , "by-query": {
              "ClusterId": "up", "Match": { "Path": "/by-query" }, "Metadata": { "Access": "key", "Wallet": "query:wallet" }
            }
            , "by-header": {
              "ClusterId": "up", "Match": { "Path": "/by-header" }, "Metadata": { "Access": "key", "Wallet": "header:X-Wallet" }
            }
            """;
        _gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream, clusters));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task ValidKey_IsForwarded_AsThePrincipalItIs_WithoutTheCredential()
    {
        var (key, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });

        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/v1/read/x?q=1", secret));

        var seen = _upstream.Single;
        Assert.Equal("/v1/read/x?q=1", seen.Target);
        Assert.Equal(key.Id, seen.Value("X-Gateway-Key-Id"));
        Assert.Equal(key.AccountId, seen.Value("X-Gateway-Account-Id"));
        Assert.Equal("sandbox", seen.Value("X-Gateway-Environment"));
        Assert.Equal("devnet", seen.Value("X-Gateway-Network"));
        Assert.Equal("read", seen.Value("X-Gateway-Permissions"));
        Assert.NotNull(seen.Value("X-Gateway-Request-Id"));
        Assert.Null(seen.Value("Authorization"));
        Assert.DoesNotContain(seen.Headers, h => h.Value.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Role_IsForwarded_OnlyWhenItsGrantsAreNotNarrowed()
    {
        var (_, plain) = await _store.IssueKeyAsync(k => k with { Permissions = null, Role = "api_admin" });
        var (_, narrowed) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"], Role = "api_admin" });

        await _gateway.TryAsync("/v1/read/x", plain);
        await _gateway.TryAsync("/v1/read/x", narrowed);

        Assert.Equal("api_admin", _upstream.Requests[0].Value("X-Gateway-Role"));
        Assert.Null(_upstream.Requests[1].Value("X-Gateway-Role"));
    }

    [Fact]
    public async Task AnonymousRoute_NeedsNoKey_AndStillStripsOneThatIsSent()
    {
        var (_, secret) = await _store.IssueKeyAsync();

        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/public/page"));
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/public/page", secret));

        Assert.All(_upstream.Requests, r => Assert.Null(r.Value("Authorization")));
        Assert.All(_upstream.Requests, r => Assert.Null(r.Value("X-Gateway-Key-Id")));
    }

    [Fact]
    public async Task NoRoute_Is404_AndTheUpstreamNeverHearsOfIt()
    {
        Assert.Equal((HttpStatusCode.NotFound, "NO_ROUTE"), await _gateway.TryAsync("/elsewhere"));
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task KnownPath_UnknownMethod_Is405_WithAllow()
    {
        using var response = await _gateway.GetAsync("/v1/posted/x");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("METHOD_NOT_ALLOWED", await ProblemCode.OfAsync(response));
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task NoCredential_Is401_WithAChallengeThatNamesNoError()
    {
        using var response = await _gateway.GetAsync("/v1/read/x");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("UNAUTHORIZED", await ProblemCode.OfAsync(response));
        Assert.Equal("Bearer realm=\"gateway\"", response.Headers.WwwAuthenticate.Single().ToString());
    }

    [Fact]
    public async Task Refusal_HasAProblemBody_ProxyStatus_AndIsNotStored()
    {
        using var response = await _gateway.GetAsync("/v1/read/x", "sk_test_nonsense");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(401, (int)body["status"]!);
        Assert.Equal("INVALID_API_KEY", (string)body["error"]!["code"]!);
        Assert.Equal("urn:gateway:problem:INVALID_API_KEY", (string)body["type"]!);
        Assert.All(["title", "detail", "requestId"], name => Assert.NotEmpty((string)body[name]!));
        Assert.NotEmpty((string)body["error"]!["message"]!);
        Assert.Equal(response.Headers.GetValues("X-Gateway-Request-Id").Single(), (string)body["requestId"]!);
        Assert.Equal("no-store", response.Headers.GetValues("Cache-Control").Single());
        var status = response.Headers.GetValues("Proxy-Status").Single();
        Assert.Equal("gateway; error=http_request_denied; details=\"INVALID_API_KEY\"", status);
        var text = body.ToJsonString() + response.Headers;
        Assert.DoesNotContain("sk_test_nonsense", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/v1/read", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MalformedMistypedAndUnknownKeys_AreAllInvalid()
    {
        var (_, secret) = await _store.IssueKeyAsync();
        var unknown = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
        var mistyped = secret[..^1] + (secret[^1] == 'A' ? 'B' : 'A');

        foreach (var key in new[] { "nonsense", mistyped, unknown, secret + "A", secret[..^1] })
        {
            using var response = await _gateway.GetAsync("/v1/read/x", key);
            Assert.Equal("INVALID_API_KEY", await ProblemCode.OfAsync(response));
            Assert.Contains(
                "error=\"invalid_token\"",
                response.Headers.WwwAuthenticate.ToString(),
                StringComparison.Ordinal
            );
        }
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task RevokedDisabledAndExpiredKeys_AreRefused_EachByItsOwnCode()
    {
        var past = DateTimeOffset.UnixEpoch.AddYears(50);
        var (_, revoked) = await _store.IssueKeyAsync(k => k with { RevokedAt = past, DisabledAt = past });
        var (_, disabled) = await _store.IssueKeyAsync(k => k with { DisabledAt = past, ExpiresAt = past });
        var (_, expired) = await _store.IssueKeyAsync(k => k with { ExpiresAt = past });
        var (_, rotated) = await _store.IssueKeyAsync(k => k with { RotationDeadline = past, RotatedTo = "key_next" });

        Assert.Equal((HttpStatusCode.Unauthorized, "REVOKED_API_KEY"), await _gateway.TryAsync("/v1/read/x", revoked));
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "DISABLED_API_KEY"),
            await _gateway.TryAsync("/v1/read/x", disabled)
        );
        Assert.Equal((HttpStatusCode.Unauthorized, "EXPIRED_API_KEY"), await _gateway.TryAsync("/v1/read/x", expired));
        Assert.Equal((HttpStatusCode.Unauthorized, "EXPIRED_API_KEY"), await _gateway.TryAsync("/v1/read/x", rotated));
    }

    [Fact]
    public async Task SuspendedAccount_Is403_ForAllItsKeys_AndLiftingItTakesEffectOnTheNextRequest()
    {
        var account = await _store.AddAccountAsync();
        var (_, secret) = await _store.IssueKeyAsync(k => k with { AccountId = account.Id });
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/v1/read/x", secret));

        await _store.ChangeAccountAsync(account with { SuspendedAt = account.CreatedAt });
        Assert.Equal((HttpStatusCode.Forbidden, "ACCOUNT_SUSPENDED"), await _gateway.TryAsync("/v1/read/x", secret));

        await _store.ChangeAccountAsync(account);
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/v1/read/x", secret));
    }

    [Fact]
    public async Task WrongEnvironment_Is403_AlsoWhereTheRouteHasNoClusterForIt()
    {
        var (_, sandbox) = await _store.IssueKeyAsync();
        var (_, production) = await _store.IssueKeyAsync(k => k with { Environment = "production" });

        Assert.Equal("ENVIRONMENT_NOT_ALLOWED", (await _gateway.TryAsync("/production/x", sandbox)).Code);
        Assert.Equal("ENVIRONMENT_NOT_ALLOWED", (await _gateway.TryAsync("/by-environment/x", production)).Code);
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/production/x", production));
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/by-environment/x", sandbox));
    }

    [Fact]
    public async Task AddressNotAmongTheKeys_Is403_AndChangingThemTakesEffectOnTheNextRequest()
    {
        var (key, secret) = await _store.IssueKeyAsync(k => k with { AllowedIps = ["203.0.113.0/24"] });
        Assert.Equal((HttpStatusCode.Forbidden, "IP_NOT_ALLOWED"), await _gateway.TryAsync("/v1/read/x", secret));

        await _store.ChangeKeyAsync(key, k => k with { AllowedIps = ["203.0.113.0/24", "127.0.0.0/8", "::1"] });
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/v1/read/x", secret));
    }

    [Fact]
    public async Task MissingPermission_Is403_AndTheChallengeNamesTheScope()
    {
        var (_, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        using var response = await _gateway.GetAsync("/v1/admin/x", secret);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("INSUFFICIENT_PERMISSIONS", await ProblemCode.OfAsync(response));
        Assert.Equal(
            "Bearer realm=\"gateway\", error=\"insufficient_scope\", scope=\"admin\"",
            response.Headers.WwwAuthenticate.ToString()
        );
    }

    [Fact]
    public async Task SelectedWallets_AreTheOnlyOnesAKeyMayActFor()
    {
        var (_, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                WalletScope = WalletScope.Selected,
                WalletBindings = [new("w1"), new("w2", ["wallets:list"])],
            }
        );

        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/v1/wallets/w1/balance", secret));
        Assert.Equal("WALLET_NOT_ALLOWED", (await _gateway.TryAsync("/v1/wallets/w3/balance", secret)).Code);
        Assert.Equal("WALLET_NOT_ALLOWED", (await _gateway.TryAsync("/v1/wallets/W1/balance", secret)).Code);
        // The binding narrows the key's permissions for that wallet.
        Assert.Equal("INSUFFICIENT_PERMISSIONS", (await _gateway.TryAsync("/v1/wallets/w2/balance", secret)).Code);
        // A route that does not say how it judges wallets refuses such keys; "any" leaves it to the upstream.
        Assert.Equal("WALLET_NOT_ALLOWED", (await _gateway.TryAsync("/v1/read/x", secret)).Code);
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/any/x", secret));

        Assert.Equal("w1", _upstream.Requests[0].Value("X-Gateway-Wallet"));
        Assert.Equal("w1 w2", _upstream.Requests[1].Value("X-Gateway-Wallets"));
    }

    [Fact]
    public async Task Wallet_MustBeNamedExactlyOnce()
    {
        var (_, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                WalletScope = WalletScope.Selected,
                WalletBindings = [new("w1")],
            }
        );

        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/by-query?wallet=w1", secret));
        Assert.Equal("WALLET_NOT_ALLOWED", (await _gateway.TryAsync("/by-query", secret)).Code);
        Assert.Equal("WALLET_NOT_ALLOWED", (await _gateway.TryAsync("/by-query?wallet=w1&wallet=w2", secret)).Code);
        Assert.Equal("WALLET_NOT_ALLOWED", (await _gateway.TryAsync("/by-query?wallet=w1&Wallet=w2", secret)).Code);
        Assert.Equal("WALLET_NOT_ALLOWED", await HeaderAsync(secret, ("X-Wallet", "w1"), ("X_Wallet", "w2")));
        Assert.Equal("WALLET_NOT_ALLOWED", await HeaderAsync(secret, ("X-Wallet", "w1, w2")));
        Assert.Equal("", await HeaderAsync(secret, ("x-wallet", "w1")));
        Assert.Equal("WALLET_NOT_ALLOWED", await HeaderAsync(secret, ("X_Wallet", "w1")));
    }

    [Fact]
    public async Task Binding_NarrowsTheKey_AndNeverAddsToIt_AlsoInWhatTheUpstreamIsTold()
    {
        var (_, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                Permissions = ["wallets:read", "tokens:*"],
                WalletScope = WalletScope.Selected,
                WalletBindings = [new("w1", ["*"]), new("w2", ["wallets:*", "admin"])],
            }
        );

        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/v1/wallets/w1/balance", secret));
        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/v1/wallets/w2/balance", secret));

        Assert.Equal("wallets:read tokens:*", _upstream.Requests[0].Value("X-Gateway-Permissions"));
        Assert.Equal("wallets:read", _upstream.Requests[1].Value("X-Gateway-Permissions"));
    }

    [Fact]
    public async Task WhereTheUpstreamJudgesWallets_OnlyWhatHoldsForEveryWalletIsGranted_AndNoRoleIsTold()
    {
        var (_, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                Permissions = null,
                Role = "api_developer",
                WalletScope = WalletScope.Selected,
                WalletBindings = [new("w1", ["tokens:read"]), new("w2")],
            }
        );

        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/any/x", secret));

        Assert.Equal("tokens:read", _upstream.Single.Value("X-Gateway-Permissions"));
        Assert.Null(_upstream.Single.Value("X-Gateway-Role"));
    }

    [Theory]
    [InlineData("wallet=w1&wallet[]=w2")]
    [InlineData("wallet=w1&+wallet=w2")]
    [InlineData("wallet=w1&wallet%20=w2")]
    [InlineData("wallet=w1&wallet%5B0%5D=w2")]
    [InlineData("Wallet=w1")]
    [InlineData("x=1;wallet=w2&wallet=w1")]
    [InlineData("wallet=w1&x=1;%77allet=w2")]
    [InlineData("wallet=w1&amp;wallet=w2")]
    [InlineData("wallet;x=w2&wallet=w1")]
    [InlineData("wallet=w1&%2577allet=w2")]
    public async Task WalletParameter_SpeltSoThatAnUpstreamMayReadAnother_IsRefused(string query)
    {
        var (_, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                WalletScope = WalletScope.Selected,
                WalletBindings = [new("w1")],
            }
        );

        var (status, _) = await _gateway.TryAsync("/by-query?" + query, secret);

        Assert.True(status is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("w1%0d%0aX-Evil:%201")]
    [InlineData("w1%00")]
    [InlineData("%C4%80")]
    [InlineData("%EF%BC%A1")]
    [InlineData("w1;x=2")]
    public async Task WalletParameter_ThatIsNoWalletsId_IsRefused_WhateverTheKeyMayDo(string value)
    {
        var (_, secret) = await _store.IssueKeyAsync();

        Assert.Equal((HttpStatusCode.OK, ""), await _gateway.TryAsync("/by-query?x=1;y=2&wallet=w1", secret));
        Assert.Equal("w1", _upstream.Single.Value("X-Gateway-Wallet"));
        Assert.Equal(
            (HttpStatusCode.Forbidden, "WALLET_NOT_ALLOWED"),
            await _gateway.TryAsync("/by-query?wallet=" + value, secret)
        );
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task WalletHeader_ThatConnectionWouldTakeOff_OrThatIsSpeltOtherwise_IsNotNamed()
    {
        var (_, secret) = await _store.IssueKeyAsync();

        Assert.Equal("", await HeaderAsync(secret, ("X-Wallet", "w1")));
        Assert.Equal("WALLET_NOT_ALLOWED", await HeaderAsync(secret, ("X-Wallet", "w1"), ("Connection", "X-Wallet")));
    }

    [Fact]
    public async Task ClockExactlyAtExpiry_IsRefused_AndAMillisecondBeforeIsNot()
    {
        var clocked = new ManualClock();
        await using var gateway = await TestGateway.StartAsync(
            _store.Options,
            TestRoutes.For(_upstream),
            clock: clocked
        );
        var end = clocked.Now.AddMilliseconds(500);
        var (_, expiring) = await _store.IssueKeyAsync(k => k with { ExpiresAt = end });
        var (_, rotating) = await _store.IssueKeyAsync(k => k with { RotationDeadline = end });

        clocked.Set(end.AddMilliseconds(-1));
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/v1/read/x", expiring)).Status);
        Assert.Equal(HttpStatusCode.OK, (await gateway.TryAsync("/v1/read/x", rotating)).Status);
        clocked.Set(end);
        Assert.Equal("EXPIRED_API_KEY", (await gateway.TryAsync("/v1/read/x", expiring)).Code);
        Assert.Equal("EXPIRED_API_KEY", (await gateway.TryAsync("/v1/read/x", rotating)).Code);
    }

    private async Task<string> HeaderAsync(string secret, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/by-header");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + secret);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _gateway.Client.SendAsync(request);
        return await ProblemCode.OfAsync(response);
    }
}
