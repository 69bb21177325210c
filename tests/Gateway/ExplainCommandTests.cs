using System.CommandLine;
using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary><c>gateway explain</c> says what the gateway would answer, check by check.</summary>
public sealed class ExplainCommandTests : IAsyncLifetime
{
    private static readonly string Routes = RoutesText.Of(
        """read GET /v1/tokens/{**rest} Permissions=tokens:read Cluster.sandbox=c""",
        "public * /public/{**rest} Access=anonymous",
        "wallet * /v1/wallets/{id} Access=key Wallet={id}",
        """beta GET /beta Access=key |{"Headers": [{"Name": "X-Beta", "Mode": "Exists"}]}"""
    );

    private readonly string _path = Path.GetTempFileName();
    private TestStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        await File.WriteAllTextAsync(_path, Routes);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        File.Delete(_path);
    }

    [Fact]
    public async Task AllowedRequest_PassesEveryCheck()
    {
        var (key, secret) = await _store.IssueKeyAsync(k =>
            k with
            {
                Permissions = ["*:read"],
                AllowedIps = ["10.0.0.0/8"],
            }
        );

        var lines = await ExplainAsync("--path", "/v1/tokens/1?x=2", "--ip", "10.1.2.3", "--key-id", key.Id);

        Assert.Equal("GET /v1/tokens/1?x=2 from 10.1.2.3", lines[0]);
        Assert.Contains("1 a route matches ok read (/v1/tokens/{**rest})", lines);
        Assert.Contains("6 environment ok sandbox, to cluster c", lines);
        Assert.Contains("8 permissions ok needs tokens:read; holds *:read", lines);
        Assert.Equal("Allowed: forwarded to the upstream", lines[^1]);
        Assert.DoesNotContain(lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RefusedRequest_ShowsEveryRefusal_AndTheFirstCounts()
    {
        var (key, _) = await _store.IssueKeyAsync(k =>
            k with
            {
                Environment = "production",
                Permissions = ["tokens:write"],
                AllowedIps = ["10.0.0.0/8"],
                ExpiresAt = DateTimeOffset.UnixEpoch,
            }
        );

        var lines = await ExplainAsync("--path", "/v1/tokens/1", "--ip", "192.0.2.1", "--key-id", key.Id);

        Assert.Contains(
            lines,
            l =>
                l.StartsWith(
                    "4 state 401 EXPIRED_API_KEY expired, until 1970-01-01 00:00:00Z",
                    StringComparison.Ordinal
                )
        );
        Assert.Contains("6 environment 403 ENVIRONMENT_NOT_ALLOWED production", lines);
        Assert.Contains("7 client address 403 IP_NOT_ALLOWED 192.0.2.1; allowed: 10.0.0.0/8", lines);
        Assert.Contains("8 permissions 403 INSUFFICIENT_PERMISSIONS needs tokens:read; holds tokens:write", lines);
        Assert.Equal("Refused: 401 EXPIRED_API_KEY", lines[^1]);
    }

    [Theory]
    [InlineData("w1", "9 wallet ok {id} is 'w1'; bound to: w1", "Allowed: forwarded to the upstream")]
    [InlineData("W1", "9 wallet 403 WALLET_NOT_ALLOWED {id} is 'W1'; bound to: w1", "Refused: 403 WALLET_NOT_ALLOWED")]
    public async Task Wallet_IsTheOneThePathNames(string wallet, string check, string answer)
    {
        var (key, _) = await _store.IssueKeyAsync();
        await _store.Database.WriteAsync(s =>
            s.UpdateKeyAsync(
                key with
                {
                    WalletScope = WalletScope.Selected,
                    WalletBindings = [new WalletBinding("w1")],
                    Version = 2,
                }
            )
        );

        var lines = await ExplainAsync("--path", $"/v1/wallets/{wallet}", "--key-id", key.Id);

        Assert.Contains(check, lines);
        Assert.Equal(answer, lines[^1]);
    }

    [Theory]
    [InlineData("/v1//tokens", "Refused: 400 BAD_REQUEST")]
    [InlineData("/v1/tokens/%2e%2e/x", "Refused: 400 BAD_REQUEST")]
    [InlineData("/elsewhere", "Refused: 404 NO_ROUTE")]
    [InlineData("/v1/tokens/1", "Refused: 401 UNAUTHORIZED")]
    [InlineData("/V1/Tokens", "Refused: 401 UNAUTHORIZED")]
    [InlineData("/beta", "Refused: 404 NO_ROUTE")]
    [InlineData("/public/x", "Allowed: forwarded to the upstream")]
    [InlineData("/v1/tokens/1", "Refused: 405 METHOD_NOT_ALLOWED", "--method", "DELETE")]
    [InlineData("/v1/tokens/1", "Refused: 405 METHOD_NOT_ALLOWED", "--method", "TRACE")]
    [InlineData("/v1/tokens/1", "Refused: 401 INVALID_API_KEY", "--key-id", "key_none")]
    [InlineData("/beta", "Refused: 401 UNAUTHORIZED", "--header", "X-Beta: 1")]
    public async Task AnswerIsTheGateways(string path, string answer, params string[] more) =>
        Assert.Equal(answer, (await ExplainAsync(["--path", path, .. more]))[^1]);

    [Fact]
    public async Task KeyThatIsDescribed_IsJudgedLikeOneOfTheStore()
    {
        string[] request = ["--path", "/v1/wallets/w1", "--ip", "10.1.2.3"];
        string[] key =
        [
            "--environment",
            "sandbox",
            "--role",
            "api_readonly",
            "--wallets",
            "w1",
            "--allowed-ips",
            "10.0.0.0/8",
        ];

        var lines = await ExplainAsync([.. request, .. key]);
        Assert.Contains("2 credential ok given as described", lines);
        Assert.Contains("8 permissions ok needs none; holds *:read", lines);
        Assert.Contains("9 wallet ok {id} is 'w1'; bound to: w1", lines);
        Assert.Equal("Allowed: forwarded to the upstream", lines[^1]);

        Assert.Equal("Refused: 403 ACCOUNT_SUSPENDED", (await ExplainAsync([.. request, .. key, "--suspended"]))[^1]);
        Assert.Equal("Refused: 401 REVOKED_API_KEY", (await ExplainAsync([.. request, .. key, "--revoked"]))[^1]);
        Assert.Equal("Refused: 401 DISABLED_API_KEY", (await ExplainAsync([.. request, .. key, "--disabled"]))[^1]);
    }

    [Fact]
    public async Task KeyIsJudged_AtTheInstantThatIsStated()
    {
        string[] key = ["--path", "/v1/wallets/w", "--environment", "sandbox", "--expires-at", "2026-01-01T00:00:00Z"];

        var before = await ExplainAsync([.. key, "--at", "2025-12-31T23:59:59Z"]);
        Assert.Equal("Allowed: forwarded to the upstream", before[^1]);
        var lines = await ExplainAsync([.. key, "--at", "2026-01-01T00:00:00Z"]);
        Assert.Equal("Refused: 401 EXPIRED_API_KEY", lines[^1]);
        Assert.Contains(
            "4 state 401 EXPIRED_API_KEY expired, until 2026-01-01 00:00:00Z, at 2026-01-01 00:00:00Z",
            lines
        );
    }

    [Fact]
    public async Task KeyInAHeader_IsLookedUp_AndNotPrinted()
    {
        var (key, secret) = await _store.IssueKeyAsync();
        string[] path = ["--path", "/v1/wallets/w"];

        var lines = await ExplainAsync([.. path, "--header", $"Authorization: Bearer {secret}"]);
        Assert.Contains(lines, l => l.StartsWith($"3 known ok {key.Id} ", StringComparison.Ordinal));
        var unknown = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);
        foreach (var sent in new[] { unknown, secret[..^1] + "_" })
        {
            var refused = await ExplainAsync([.. path, "--header", $"Authorization: Bearer {sent}"]);
            Assert.Equal("Refused: 401 INVALID_API_KEY", refused[^1]);
        }
        var inQuery = await ExplainAsync("--path", $"/v1/wallets/w?k={secret}");
        Assert.Equal("GET /v1/wallets/w?k=[a key] from 127.0.0.1", inQuery[0]);
        Assert.Equal("Refused: 400 BAD_REQUEST", inQuery[^1]);
    }

    [Theory]
    [InlineData("--environment: state one of", "--role", "api_admin")]
    [InlineData("'nobody' is not a role", "--environment", "sandbox", "--role", "nobody")]
    [InlineData("'a:*:b' is not a grant", "--environment", "sandbox", "--permissions", "a:*:b")]
    [InlineData("--allowed-ips: ", "--environment", "sandbox", "--allowed-ips", "10.0.0.1/8")]
    [InlineData("cannot be described as well", "--key-id", "key_1", "--environment", "sandbox")]
    public async Task KeyThatCannotBe_ExitsWith1(string said, params string[] key)
    {
        var (code, _, error) = await RunAsync(["--path", "/v1/wallets/w", .. key]);

        Assert.Equal(1, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_IsNotConsulted_AndThatIsSaid()
    {
        var (key, _) = await _store.IssueKeyAsync(k => k with { RateLimit = new RateLimit(5, 60) });

        var lines = await ExplainAsync("--path", "/v1/wallets/w", "--key-id", key.Id);

        Assert.Contains(lines, l => l.StartsWith("10 rate limit not consulted 5 in 60 s;", StringComparison.Ordinal));
        Assert.Equal("Allowed within the rate limit: forwarded to the upstream", lines[^1]);
    }

    [Fact]
    public async Task StoreThatIsNotThere_IsSaid_AndNotMade()
    {
        var file = Path.Combine(Path.GetTempPath(), $"gateway-test-{Guid.NewGuid():N}.db");
        await using var none = Database.Create(
            new StoreOptions { Provider = "sqlite", ConnectionString = $"Data Source={file}" }
        );
        var error = new StringWriter();

        var code = await new RootCommand { ExplainCommand.Create(none) }
            .Parse(["explain", "--config", _path, "--path", "/v1/wallets/w", "--key-id", "key_1"])
            .InvokeAsync(new InvocationConfiguration { Output = TextWriter.Null, Error = error });

        Assert.Equal(1, code);
        Assert.Contains($"there is no database '{file}'", error.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task BadFileOrAddress_ExitsWith1()
    {
        Assert.Equal(1, (await RunAsync("--path", "/x", "--ip", "300.1.1.1")).Code);
        await File.WriteAllTextAsync(_path, "{}");
        var (code, _, error) = await RunAsync("--path", "/x");
        Assert.Equal(1, code);
        Assert.Contains("ReverseProxy: missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeaderThatIsNone_IsRefused_RatherThanLeftOut()
    {
        var (code, _, error) = await RunAsync("--path", "/beta", "--header", "Bearer sk_test_x");

        Assert.Equal(1, code);
        Assert.Contains("--header: state each as 'Name: value'.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("sk_test_x", error, StringComparison.Ordinal);
    }

    private async Task<string[]> ExplainAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);
        Assert.Equal((0, ""), (code, error));
        return
        [
            .. output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))),
        ];
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter(new StringBuilder()), new StringWriter(new StringBuilder()));
        var root = new RootCommand { ExplainCommand.Create(_store.Database) };
        var code = await root.Parse(["explain", "--config", _path, .. arguments])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
