using Microsoft.Playwright;

namespace Gateway.Tests;

/// <summary>A real OpenID Connect provider, npm's <c>oidc-provider</c>, on loopback. It signs in whoever types a name.</summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    private const string ClientId = "console";
    private const string ClientSecret = "secret of the console at its provider";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly RunningProcess _process;
    private readonly string _issuer;

    private IdentityProvider(RunningProcess process, string issuer) => (_process, _issuer) = (process, issuer);

    /// <summary>Starts it for a console at this address.</summary>
    public static async Task<IdentityProvider> StartAsync(string consoleUrl)
    {
        var script = Path.Combine(BrowserStage.Packages, "..", "provider.mjs");
        // The one that Playwright has along, because the system's may be older than the provider takes.
        var node = Directory.GetFiles(
            Path.Combine(AppContext.BaseDirectory, ".playwright", "node"),
            "node",
            SearchOption.AllDirectories
        );
        var process = RunningProcess.Run(
            Assert.Single(node),
            [Path.GetFullPath(script), ClientId, ClientSecret, consoleUrl + "/console/sign-in/callback"],
            []
        );
        await Eventually.TrueAsync(() => process.HasExited || IssuerIn(process) is not null, Patience);
        return new IdentityProvider(process, IssuerIn(process) ?? throw new InvalidOperationException(process.Output));
    }

    /// <summary>Settings of a console that trusts it.</summary>
    public (string, string?)[] Settings() =>
        [
            ("Admin:Oidc:Authority", _issuer),
            ("Admin:Oidc:ClientId", ClientId),
            ("Admin:Oidc:ClientSecret", ClientSecret),
            ("Admin:Oidc:Name", "Acme ID"),
        ];

    /// <summary>Goes from the console's sign-in page to the provider, types a name there, agrees, and comes back.</summary>
    public static async Task SignInAsync(IPage page, string name)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Continue with Acme ID" }).ClickAsync();
        await page.GetByPlaceholder("Enter any login").FillAsync(name);
        await page.GetByPlaceholder("and password").FillAsync("any");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign-in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.WaitForURLAsync("**/console/**");
    }

    /// <summary>What was to be seen of it so far.</summary>
    public override string ToString() => _process.Output;

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string? IssuerIn(RunningProcess process) =>
        process.Output.Split('\n').FirstOrDefault(l => l.StartsWith("issuer=", StringComparison.Ordinal))?[7..];
}
