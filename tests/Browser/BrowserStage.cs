using System.Globalization;
using Gateway.Keys.Storage;
using Microsoft.Playwright;

namespace Gateway.Tests;

/// <summary>
/// What all tests in a browser share: gateway and admin API as processes of their own on one SQLite file, a real identity
/// provider, and Debian's Chromium. Each test has an account and visitors of its own.
/// </summary>
public sealed class BrowserStage : IAsyncLifetime
{
    /// <summary>Where npm's packages for the tests are, installed by <c>ops/browser.sh</c>.</summary>
    public static readonly string Packages = Path.Combine(Repository.Root, "tests", "Browser", "npm", "node_modules");

    /// <summary>The time zone of all visitors.</summary>
    public const string Zone = "Europe/Berlin";

    // Nothing is waited for by the clock; a machine that stands still for seconds must not fail a test.
    private const float PatienceMilliseconds = 60_000;

    // It asks nobody anything: no updates, no accounts, no experiments.
    private static readonly string[] Flags =
    [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];

    private readonly ProcessPair _pair = new();
    private IdentityProvider? _provider;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private readonly Dictionary<(string AccountId, string Role), Person> _people = [];
    private Task<Scene>? _scene;
    private string? _operatorSession;

    /// <summary>The console's origin.</summary>
    public string Url => _pair.Desk.BaseAddress!.GetLeftPart(UriPartial.Authority);

    /// <summary>The store of both processes, for what no page and no call does: keys of the past, sessions that end.</summary>
    internal Database Database { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var chromium = await Repository.RunAsync("ops/browser.sh");
        _provider = await IdentityProvider.StartAsync(Url);
        _pair.StartGateway();
        _pair.StartAdmin([
            ("Admin:Console:Url", Url),
            ("Admin:Console:ExampleUrl", new Uri(_pair.Edge.BaseAddress!, "/v1/read/x").ToString()),
            ("Admin:Console:SignInsPerMinute", "1000"),
            ("Eligibility:Contact", "support@example.com"),
            .. _provider.Settings(),
        ]);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags });
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
        await _pair.ReadyAsync();
        Database = Database.Create(_pair.Store);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_provider is not null)
            await _provider.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        await _pair.DisposeAsync();
    }

    /// <summary>Somebody at a browser of their own, not signed in.</summary>
    /// <param name="script">Whether the browser runs script.</param>
    internal async Task<Visitor> VisitAsync(bool script = true) => new(this, await NewContextAsync(script));

    /// <summary>Somebody of an account, signed in.</summary>
    internal async Task<Visitor> VisitAsync(string accountId, string role = "owner", bool script = true)
    {
        if (!_people.TryGetValue((accountId, role), out var person))
        {
            // Somebody else in each account: the same person would see all of them.
            person = TestSessions.NewPerson(TimeProvider.System, accountId, role, $"{role}-{accountId}") with
            {
                Email = $"{role}@example.com",
            };
            await Database.WriteAsync(s => s.InsertPersonAsync(person));
            _people[(accountId, role)] = person;
        }
        var session = await TestSessions.BeginAsync(Database, TimeProvider.System, person);
        var visitor = new Visitor(this, await NewContextAsync(script)) { Person = person };
        await visitor.CarryAsync(session);
        return visitor;
    }

    /// <summary>What the pages show that are looked at.</summary>
    internal Task<Scene> SceneAsync() => _scene ??= Scene.SetAsync(this);

    /// <summary>The operator, signed in.</summary>
    internal async Task<Visitor> VisitAsOperatorAsync()
    {
        var visitor = await VisitAsync();
        if (_operatorSession is null)
            _operatorSession = await visitor.SignInAsOperatorAsync();
        else
            await visitor.CarryAsync(_operatorSession);
        return visitor;
    }

    /// <summary>Has an operator make an account that may make keys.</summary>
    /// <returns>Its id.</returns>
    internal async Task<string> OpenAccountAsync(string name = "Acme") =>
        (string)
            (await CallAsync(HttpMethod.Post, "/v1/accounts", new { name, apiKeysEnabled = true })).Data["account"]![
                "id"
            ]!;

    /// <summary>Has an operator change an account.</summary>
    internal Task PatchAccountAsync(string accountId, object body) =>
        CallAsync(HttpMethod.Patch, $"/v1/accounts/{accountId}", body);

    /// <summary>Has an operator register a wallet of an account.</summary>
    internal Task AddWalletAsync(string accountId, string walletId, string label) =>
        CallAsync(
            HttpMethod.Post,
            $"/v1/accounts/{accountId}/wallets",
            new
            {
                walletId,
                label,
                kind = "custodial",
            }
        );

    /// <summary>Has an operator invite somebody, who signs in as the name before the <c>@</c>.</summary>
    /// <returns>The person's id.</returns>
    internal async Task<string> InviteAsync(string accountId, string name)
    {
        var invited = await CallAsync(
            HttpMethod.Post,
            $"/v1/accounts/{accountId}/people",
            new { email = $"{name}@example.com", role = "owner" }
        );
        return (string)invited.Data["person"]!["id"]!;
    }

    /// <summary>Has an operator make a sandbox key that may read.</summary>
    internal async Task<(string Id, string Secret)> IssueKeyAsync(string accountId, string name = "CI deploy key")
    {
        var body = new
        {
            name,
            environment = "sandbox",
            permissions = new[] { "read" },
        };
        var made = (await CallAsync(HttpMethod.Post, $"/v1/accounts/{accountId}/api-keys", body)).Key;
        return ((string)made["id"]!, (string)made["key"]!);
    }

    /// <summary>Has an account have many keys, called "bot 1" and so on.</summary>
    internal async Task AddKeysAsync(string accountId, int count)
    {
        var account = await Database.ReadAsync(s => s.GetAccountAsync(accountId));
        await Database.AddKeysAsync(account!, count);
    }

    /// <summary>Has an operator name another.</summary>
    /// <returns>Its id.</returns>
    internal async Task<string> AddOperatorAsync(string name) =>
        (string)(await CallAsync(HttpMethod.Post, "/v1/operators", new { name })).Data["operator"]!["id"]!;

    /// <summary>Has an operator change a key.</summary>
    internal Task PatchKeyAsync(string accountId, string keyId, object body) =>
        CallAsync(HttpMethod.Patch, $"/v1/accounts/{accountId}/api-keys/{keyId}", body);

    /// <summary>What the gateway says to a request with this key: status and, of a refusal, code.</summary>
    internal Task<string> GatewayAsync(string key, string path = "/v1/read/x") => _pair.CallAsync(key, path);

    /// <summary>A link that signs in, as <c>make run</c> prints it.</summary>
    internal async Task<string> MakeSignInLinkAsync()
    {
        await using var command = RunningProcess.Start(
            "admin-api",
            new()
            {
                ["Store:Provider"] = _pair.Store.Provider,
                ["Store:ConnectionString"] = _pair.Store.ConnectionString,
                ["Admin:Console:Url"] = Url,
            },
            "sign-in-link"
        );
        Assert.Equal(0, await command.ExitAsync(TimeSpan.FromMinutes(1)));
        return Assert.Single(command.Output.Split('\n'), l => l.StartsWith("link=", StringComparison.Ordinal))[5..];
    }

    private async Task<IBrowserContext> NewContextAsync(bool script)
    {
        var context = await _browser!.NewContextAsync(
            new()
            {
                BaseURL = Url,
                JavaScriptEnabled = script,
                Locale = "en-GB",
                TimezoneId = Zone,
                ViewportSize = new() { Width = Visitor.Wide, Height = 800 },
            }
        );
        context.SetDefaultTimeout(PatienceMilliseconds);
        if (script)
            await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"], new() { Origin = Url });
        return context;
    }

    private async Task<ApiAnswer> CallAsync(HttpMethod method, string path, object body)
    {
        var answer = await _pair.Desk.CallAsync(method, path, body, TestAdmin.OperatorToken);
        Assert.True(
            answer.Status is 200 or 201,
            string.Create(CultureInfo.InvariantCulture, $"{answer.Status}: {answer.Text}")
        );
        return answer;
    }
}

/// <summary>The tests in a browser: one after the other, beside the others.</summary>
[CollectionDefinition(nameof(BrowserStage))]
public sealed class BrowserTests : ICollectionFixture<BrowserStage>;
