using Gateway.Admin;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>An admin API with two accounts, and everybody who could call it.</summary>
internal sealed class MatrixDesk : IAsyncDisposable
{
    private static readonly string[] ReadAndWrite = ["api-keys:read", "api-keys:write", "tokens:read"];

    private readonly List<MatrixActor> _actors = [];
    private int _made;

    private MatrixDesk(TestAdmin admin, Account one, Account other) => (Admin, One, Other) = (admin, one, other);

    public TestAdmin Admin { get; }

    /// <summary>The account most actors are of.</summary>
    public Account One { get; }

    /// <summary>Another account.</summary>
    public Account Other { get; }

    /// <summary>Everybody.</summary>
    public IReadOnlyList<MatrixActor> Actors => _actors;

    public static async Task<MatrixDesk> StartAsync()
    {
        var admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings(("Leaks:RevocationsPerMinute", "1000")));
        var desk = new MatrixDesk(admin, await AddAccountAsync(admin), await AddAccountAsync(admin));
        await admin.AddWalletAsync(desk.One.Id, "wallet-1");
        await desk.AddOperatorsAsync();
        await desk.AddKeysAsync();
        await desk.AddKeysThatEndedAsync();
        await desk.AddNobodiesAsync();
        return desk;
    }

    /// <summary>A new key of an account that may read tokens in the sandbox: what the operations are tried on.</summary>
    public async Task<string> NewKeyAsync(string accountId)
    {
        var account = accountId == One.Id ? One : Other;
        var key = await Admin.Store.AddKeyAsync(Sample.Key(account) with { Permissions = ["tokens:read"] });
        return key.Id;
    }

    /// <summary>A new wallet of an account.</summary>
    public async Task<string> NewWalletAsync(string accountId)
    {
        var id = $"made-{++_made}";
        await Admin.AddWalletAsync(accountId, id);
        return id;
    }

    /// <summary>A new person of an account.</summary>
    public async Task<string> NewPersonAsync(string accountId)
    {
        var id = Ids.New(Ids.Person, Admin.Clock);
        var person = new Person(id, accountId, $"{id}@example.com", "viewer", null, null, Admin.Clock.Now());
        await Admin.Store.Database.WriteAsync(s => s.InsertPersonAsync(person));
        return id;
    }

    /// <summary>A new operator, with its token.</summary>
    public async Task<(string Id, string Token)> NewOperatorAsync()
    {
        var (id, token) = (Ids.New(Ids.Operator, Admin.Clock), OperatorTokens.Generate());
        var record = new OperatorRecord(id, id, OperatorTokens.Hash(token), Admin.Clock.Now());
        await Admin.Store.Database.WriteAsync(s => s.InsertOperatorAsync(record));
        return (id, token);
    }

    /// <summary>How many writes the log knows of.</summary>
    public Task<long> CountEntriesAsync() =>
        Admin.Store.Database.ReadAsync(s => s.ValueAsync<long>("select count(*) from audit_entries"));

    public ValueTask DisposeAsync() => Admin.DisposeAsync();

    private static Task<Account> AddAccountAsync(TestAdmin admin) =>
        admin.AddAccountAsync(a => a with { MaxActiveKeys = 1000 });

    private async Task AddOperatorsAsync()
    {
        var (_, token) = await NewOperatorAsync();
        var (goneId, gone) = await NewOperatorAsync();
        await Admin.Store.Database.WriteAsync(s => s.DeleteOperatorAsync(goneId));
        _actors.Add(new("configured operator", TestAdmin.OperatorToken));
        _actors.Add(new("named operator", token));
        _actors.Add(new("removed operator", gone) { Refusal = (401, "INVALID_API_KEY") });
    }

    private async Task AddKeysAsync()
    {
        _actors.Add(MatrixActor.Manager("api_admin", await IssueAsync(One, new { role = "api_admin" }), One.Id));
        _actors.Add(Reader("api_developer", await IssueAsync(One, new { role = "api_developer" })));
        _actors.Add(Reader("api_readonly", await IssueAsync(One, new { role = "api_readonly" })));
        _actors.Add(new("no role", await IssueAsync(One, new { }), One.Id));
        var manager = await IssueAsync(One, new { permissions = ReadAndWrite });
        _actors.Add(MatrixActor.Manager("manager", manager, One.Id));
        string[] read = ["api-keys:read"];
        _actors.Add(
            Reader("admin, narrowed to read", await IssueAsync(One, new { role = "api_admin", permissions = read }))
        );
        string[] write = ["api-keys:write"];
        var writer = await IssueAsync(One, new { permissions = write });
        _actors.Add(new("writer alone", writer, One.Id) { MayWrite = true });
        string[] tokens = ["tokens:*"];
        _actors.Add(new("tokens alone", await IssueAsync(One, new { permissions = tokens }), One.Id));
        var bindings = new[] { new { walletId = "wallet-1" } };
        var bound = new
        {
            role = "api_admin",
            walletScope = "selected",
            walletBindings = bindings,
        };
        var narrow = MatrixActor.Manager("bound to a wallet", await IssueAsync(One, bound), One.Id);
        _actors.Add(narrow with { Reaches = false, ForEveryWallet = false });
        var production = await IssueAsync(One, new { role = "api_admin", environment = "production" });
        _actors.Add(MatrixActor.Manager("of production", production, One.Id) with { Reaches = false });
        var foreign = await IssueAsync(Other, new { role = "api_admin" });
        _actors.Add(MatrixActor.Manager("api_admin of the other account", foreign, Other.Id));
        var (rotated, secret) = await Admin.IssueAdminKeyAsync(One.Id);
        (await Admin.PostAsync($"/v1/accounts/{One.Id}/api-keys/{rotated}/rotate")).Succeeded(201);
        _actors.Add(MatrixActor.Manager("in its grace period", secret, One.Id) with { Ends = true });
    }

    private MatrixActor Reader(string name, string credential) => new(name, credential, One.Id) { MayRead = true };

    private async Task AddKeysThatEndedAsync()
    {
        var now = Admin.Clock.Now();
        await AddEndedAsync("expired", (401, "EXPIRED_API_KEY"), k => k with { ExpiresAt = now.AddSeconds(-1) });
        await AddEndedAsync("disabled", (401, "DISABLED_API_KEY"), k => k with { DisabledAt = now });
        await AddEndedAsync("revoked", (401, "REVOKED_API_KEY"), k => k with { RevokedAt = now });
        await AddEndedAsync("past its grace", (401, "EXPIRED_API_KEY"), k => k with { RotationDeadline = now });
        await AddEndedAsync("elsewhere", (403, "IP_NOT_ALLOWED"), k => k with { AllowedIps = ["192.0.2.1"] });
        var suspended = await Admin.AddAccountAsync();
        var stopped = await IssueAsync(suspended, new { role = "api_admin" });
        (await Admin.PatchAsync($"/v1/accounts/{suspended.Id}", new { suspended = true })).Succeeded();
        _actors.Add(new("of a suspended account", stopped) { Refusal = (403, "ACCOUNT_SUSPENDED") });
    }

    private async Task AddEndedAsync(string name, (int, string) refusal, Func<KeyRecord, KeyRecord> end)
    {
        var (id, secret) = await Admin.IssueAdminKeyAsync(One.Id);
        await Admin.Store.Database.WriteAsync(async s => await s.UpdateKeyAsync(end((await s.GetKeyAsync(id))!)));
        _actors.Add(new(name, secret) { Refusal = refusal });
    }

    private async Task AddNobodiesAsync()
    {
        var (none, invalid) = ((401, "UNAUTHORIZED"), (401, "INVALID_API_KEY"));
        var admin = Actors.First(a => a.Name == "api_admin").Credential!;
        Assert.True(TestKeys.Format.TryGetEnvironment("sandbox", out var sandbox));
        using var browser = new ConsoleBrowser(Admin);
        await browser.SignInAsync();
        var cookies = browser.Cookies.GetCookies(new Uri(Admin.Url + "/console"));
        var session = string.Join("; ", cookies.Select(c => $"{c.Name}={c.Value}"));
        _actors.Add(new("nobody", null) { Refusal = none });
        _actors.Add(new("a session of the console", null) { Refusal = none, Header = ("Cookie", session) });
        _actors.Add(new("Basic", null) { Refusal = none, Header = ("Authorization", $"Basic {admin}") });
        _actors.Add(new("X-API-Key", null) { Refusal = none, Header = ("X-API-Key", admin) });
        _actors.Add(new("key in the query", null) { Refusal = none, Query = $"access_token={admin}" });
        _actors.Add(new("nonsense", "nonsense") { Refusal = invalid });
        _actors.Add(new("key nobody made", TestKeys.Format.Generate(sandbox!)) { Refusal = invalid });
        _actors.Add(new("key in another case", admin.ToUpperInvariant()) { Refusal = invalid });
        _actors.Add(new("token nobody made", OperatorTokens.Generate()) { Refusal = invalid });
    }

    private async Task<string> IssueAsync(Account account, object body) =>
        (await Admin.IssueKeyAsync(account.Id, body)).Secret;
}
