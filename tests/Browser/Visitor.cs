using Gateway.Keys.Storage;
using Microsoft.Playwright;

namespace Gateway.Tests;

/// <summary>Somebody at a browser of their own: cookies and tabs that nobody else has.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    /// <summary>Width of a desk's screen, in CSS pixels.</summary>
    public const int Wide = 1280;

    /// <summary>Width of a phone's.</summary>
    public const int Narrow = 360;

    private readonly BrowserStage _stage;
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public Visitor(BrowserStage stage, IBrowserContext context)
    {
        (_stage, _context) = (stage, context);
        context.WebError += (_, error) => _complaints.Add(error.Error);
        context.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
                _complaints.Add(message.Text);
        };
    }

    /// <summary>Who it is, of those whose session began in the store.</summary>
    public Person? Person { get; init; }

    /// <summary>Opens a page in a tab of its own.</summary>
    public async Task<IPage> OpenAsync(string path)
    {
        var page = await _context.NewPageAsync();
        await page.GotoAsync(path);
        return page;
    }

    /// <summary>Opens an account's keys in a tab of its own.</summary>
    public Task<IPage> OpenKeysAsync(string accountId, string below = "") =>
        OpenAsync($"/console/accounts/{accountId}/keys{below}");

    /// <summary>Signs in as the operator.</summary>
    /// <returns>What the session's cookie has.</returns>
    public async Task<string> SignInAsOperatorAsync()
    {
        var page = await OpenAsync("/console/sign-in");
        await page.GetByText("For operators").ClickAsync();
        await page.GetByLabel("Operator token").FillAsync(TestAdmin.OperatorToken);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await page.WaitForURLAsync("**/console/accounts");
        await page.CloseAsync();
        return await SessionAsync();
    }

    /// <summary>Gives the browser the cookie of a session.</summary>
    public Task CarryAsync(string token) =>
        _context.AddCookiesAsync([
            new()
            {
                Name = TestSessions.CookieName,
                Value = token,
                Domain = new Uri(_stage.Url).Host,
                Path = "/console",
                HttpOnly = true,
                SameSite = SameSiteAttribute.Lax,
            },
        ]);

    /// <summary>Gives the browser the cookie that states its zone, as the first page does that it opens.</summary>
    public Task KnowZoneAsync() =>
        _context.AddCookiesAsync([
            new()
            {
                Name = "console-zone",
                Value = BrowserStage.Zone,
                Domain = new Uri(_stage.Url).Host,
                Path = "/console",
            },
        ]);

    /// <summary>Gives the browser a wallet, as an extension does: by the Wallet Standard.</summary>
    public async Task HoldAsync(SolanaWallet wallet)
    {
        await _context.ExposeFunctionAsync<int[], int[]>(
            "signWithTheWallet",
            message => Array.ConvertAll(wallet.Sign(Array.ConvertAll(message, b => (byte)b)), b => (int)b)
        );
        await _context.AddInitScriptAsync(
            $$"""
            (() => {
              const account = {
                address: '{{wallet.Address}}', publicKey: new Uint8Array(32), chains: ['solana:mainnet'],
                features: ['solana:signMessage'],
              };
              const features = {
                'standard:connect': { version: '1.0.0', connect: async () => ({ accounts: [account] }) },
                'solana:signMessage': { version: '1.0.0', signMessage: async ({ message }) => [{
                  signedMessage: message, signature: Uint8Array.from(await signWithTheWallet([...message])),
                }] },
              };
              const wallet = { version: '1.0.0', name: 'Phony', icon: '', chains: ['solana:mainnet'], accounts: [], features };
              const announce = ({ register }) => register(wallet);
              dispatchEvent(new CustomEvent('wallet-standard:register-wallet', { detail: announce }));
              addEventListener('wallet-standard:app-ready', ({ detail }) => announce(detail));
            })();
            """
        );
    }

    /// <summary>Lets the session's time be over.</summary>
    public async Task ExpireAsync()
    {
        await TestSessions.ExpireAsync(_stage.Database, TimeProvider.System, await SessionAsync());
    }

    /// <summary>One more session of the same person, as in another browser.</summary>
    /// <returns>What its cookie has.</returns>
    public Task<string> BeginElsewhereAsync() => TestSessions.BeginAsync(_stage.Database, TimeProvider.System, Person!);

    /// <summary>The tab that a click opens.</summary>
    public Task<IPage> NewTabAsync(Func<Task> click) => _context.RunAndWaitForPageAsync(click);

    /// <summary>No script of ours failed, and the content security policy stopped nothing.</summary>
    public void HasNothingToComplainOf() => Assert.Empty(_complaints);

    private async Task<string> SessionAsync()
    {
        var cookies = await _context.CookiesAsync([_stage.Url + "/console"]);
        return cookies.Single(c => c.Name == TestSessions.CookieName).Value;
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
