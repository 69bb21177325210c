using Gateway.Admin;
using Gateway.Keys.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>Every page and every form of the console, opened by everybody there is. Forms are sent without their token,
/// which is asked for last: who is told of the token alone would have been let in. Those who would not be send it with the
/// token of their session as well.</summary>
public sealed class ConsoleMatrixTests
{
    [Fact]
    public async Task EveryPage_LetsInWhomItShould_AndNobodyElse()
    {
        await using var desk = await ConsoleDesk.StartAsync();
        var (cells, wrong) = (0, new List<string>());
        foreach (var (method, pattern) in Endpoints(desk.Admin))
        {
            var name = $"{method} {pattern}";
            Assert.True(
                ConsoleMatrixRules.All.TryGetValue(name, out var whom),
                $"{name} is new: say in ConsoleMatrixRules.All whom it is for."
            );
            foreach (var visitor in desk.Visitors)
            {
                cells++;
                var expected = ConsoleMatrixRules.Expect(whom, visitor, method);
                var answer = await desk.SendAsync(visitor, method, pattern);
                if (answer != expected)
                    wrong.Add($"{name} by {visitor.Name}: {expected} expected, but {answer}");
                if (method != "POST" || !visitor.IsSignedIn || expected == ConsoleMatrixRules.TokenMissing)
                    continue;
                cells++;
                var carried = await desk.SendAsync(visitor, method, pattern, withToken: true);
                if (carried != expected)
                    wrong.Add($"{name} by {visitor.Name}, with the token: {expected} expected, but {carried}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(0, await desk.CountWritesAsync());
        TestContext.Current.TestOutputHelper?.WriteLine($"matrix: {cells} cells of the console");
        AttackReport.Add("matrix", "cells", cells);
    }

    private static IEnumerable<(string Method, string Pattern)> Endpoints(TestAdmin admin) =>
        from endpoint in admin.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<ConsoleRule>() is not null
        from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
        select (method, "/" + endpoint.RoutePattern.RawText!.Trim('/'));
}

/// <summary>Who opens a page.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Browser">Signed in, or not.</param>
internal sealed record ConsoleVisitor(string Name, ConsoleBrowser Browser)
{
    /// <summary>Is somebody at all.</summary>
    public bool IsSignedIn { get; init; }

    /// <summary>Runs the deployment.</summary>
    public bool IsOperator { get; init; }

    /// <summary>May see the account that pages are about.</summary>
    public bool SeesAccount { get; init; }

    /// <summary>May change it.</summary>
    public bool ChangesAccount { get; init; }
}

/// <summary>A console with two accounts and everybody who could open it.</summary>
internal sealed class ConsoleDesk : IAsyncDisposable
{
    private const string KeyName = "bot";
    private const string Wallet = "wallet-1";

    private readonly TestIdentityProvider _provider;
    private readonly List<ConsoleVisitor> _visitors = [];
    private string _account = "";
    private string _key = "";
    private string _person = "";
    private string _operator = "";
    private long _before;

    private ConsoleDesk(TestAdmin admin, TestIdentityProvider provider) => (Admin, _provider) = (admin, provider);

    public TestAdmin Admin { get; }

    public IReadOnlyList<ConsoleVisitor> Visitors => _visitors;

    public static async Task<ConsoleDesk> StartAsync()
    {
        var provider = await TestIdentityProvider.StartAsync();
        var settings = ConsoleBrowser.Settings([.. provider.Settings(), ("Admin:Console:SignInsPerMinute", "1000")]);
        var desk = new ConsoleDesk(await TestAdmin.StartAsync(settings), provider);
        desk._account = (await desk.Admin.AddAccountAsync()).Id;
        (desk._key, _) = await desk.Admin.IssueKeyAsync(desk._account, new { name = KeyName });
        await desk.Admin.AddWalletAsync(desk._account, Wallet);
        await desk.AddOperatorsAsync();
        await desk.AddPeopleAsync();
        (desk._operator, _) = await desk.NewOperatorAsync();
        desk._before = await desk.CountEntriesAsync();
        return desk;
    }

    /// <summary>How many writes there were since the start; who signs in leaves no entry here.</summary>
    public async Task<long> CountWritesAsync() => await CountEntriesAsync() - _before;

    /// <summary>The status of an answer, with where it leads when that is the sign-in.</summary>
    public async Task<string> SendAsync(ConsoleVisitor visitor, string method, string pattern, bool withToken = false)
    {
        var path = pattern
            .Replace("{accountId}", _account, StringComparison.Ordinal)
            .Replace("{id}", IdIn(pattern), StringComparison.Ordinal)
            .Replace("{number}", "1", StringComparison.Ordinal)
            .Replace("{name}", "nothing", StringComparison.Ordinal);
        var answer =
            method == "POST"
                ? await visitor.Browser.PostAsync(path, withToken ? [await TokenAsync(visitor)] : [], Admin.Url)
                : await visitor.Browser.GetAsync(path);
        var isSentAway = answer.Location?.StartsWith("/console/sign-in?", StringComparison.Ordinal) == true;
        return isSentAway ? "sign in first" : $"{answer.Status}";
    }

    public async ValueTask DisposeAsync()
    {
        _visitors.ForEach(v => v.Browser.Dispose());
        await Admin.DisposeAsync();
        await _provider.DisposeAsync();
    }

    // One token is good for every form of its session.
    private static async Task<(string Name, string Value)> TokenAsync(ConsoleVisitor visitor)
    {
        var page = (await visitor.Browser.OpenAsync("/console")).Says(200);
        return page.Forms.SelectMany(f => f.Fields).First(f => f.Name == ConsoleForm.Token);
    }

    // Of what the page is about, one that is there.
    private string IdIn(string pattern) =>
        pattern.Contains("/people/", StringComparison.Ordinal) ? _person
        : pattern.Contains("/wallets/", StringComparison.Ordinal) ? Wallet
        : pattern.Contains("/operators/", StringComparison.Ordinal) ? _operator
        : _key;

    private async Task AddOperatorsAsync()
    {
        var (named, gone) = (await NewOperatorAsync(), await NewOperatorAsync());
        foreach (var (name, token) in new[] { ("configured", TestAdmin.OperatorToken), ("named", named.Token) })
            Add(new($"{name} operator", await SignedInAsync(token)) { IsOperator = true });
        var left = await SignedInAsync(gone.Token);
        await Admin.Store.Database.WriteAsync(s => s.DeleteOperatorAsync(gone.Id));
        _visitors.Add(new("removed operator", left));
        _visitors.Add(new("nobody", new ConsoleBrowser(Admin)));
    }

    private async Task AddPeopleAsync()
    {
        var other = (await Admin.AddAccountAsync()).Id;
        await AddPersonAsync("owner", _account, "owner", sees: true, changes: true);
        await AddPersonAsync("viewer", _account, "viewer", sees: true, changes: false);
        await AddPersonAsync("owner of another account", other, "owner", sees: false, changes: false);
        await AddPersonAsync("viewer of another account", other, "viewer", sees: false, changes: false);
        var browser = new ConsoleBrowser(Admin);
        var person = await browser.SignInAsync(_account, "owner", "removed");
        await Admin.Store.Database.WriteAsync(s => s.DeletePersonAsync(_account, person.Id));
        _visitors.Add(new("removed owner", browser));
    }

    private async Task AddPersonAsync(string name, string accountId, string role, bool sees, bool changes)
    {
        var browser = new ConsoleBrowser(Admin);
        var person = await browser.SignInAsync(accountId, role, name.Replace(' ', '-'));
        if (accountId == _account)
            _person = person.Id;
        Add(new(name, browser) { SeesAccount = sees, ChangesAccount = changes });
    }

    private void Add(ConsoleVisitor visitor) =>
        _visitors.Add(
            visitor with
            {
                IsSignedIn = true,
                SeesAccount = visitor.IsOperator || visitor.SeesAccount,
                ChangesAccount = visitor.IsOperator || visitor.ChangesAccount,
            }
        );

    private async Task<(string Id, string Token)> NewOperatorAsync()
    {
        var made = await Admin.PostAsync("/v1/operators", new { name = Gateway.Keys.Ids.Random() });
        return ((string)made.Succeeded(201).Data["operator"]!["id"]!, (string)made.Data["operator"]!["token"]!);
    }

    private async Task<ConsoleBrowser> SignedInAsync(string token)
    {
        var browser = new ConsoleBrowser(Admin);
        (await browser.SignInAsync(token)).Says(303);
        return browser;
    }

    private Task<long> CountEntriesAsync() =>
        Admin.Store.Database.ReadAsync(s => s.ValueAsync<long>("select count(*) from audit_entries"));
}
