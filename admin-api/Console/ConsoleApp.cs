using Microsoft.AspNetCore.DataProtection;

namespace Gateway.Admin;

/// <summary>
/// The console: the pages people manage their keys on, in reading order. They are rendered on the server and work without
/// script; every one calls the operations that the API calls.
/// </summary>
public static class ConsoleApp
{
    /// <summary>Everything of the console is below this path; a proxy in front needs to pass on nothing else.</summary>
    public const string Root = "/console";

    // Before anybody is signed in a form's token is bound to this cookie alone.
    private const string FormCookie = "console-form";

    /// <summary>Whether a path is the console's, spelled as routing takes it.</summary>
    public static bool IsPage(PathString path) => path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);

    /// <summary>Root of the pages about an account.</summary>
    public static string AccountPath(string accountId) => $"{Root}/accounts/{Uri.EscapeDataString(accountId)}";

    /// <summary>What the pages need.</summary>
    public static void AddServices(IServiceCollection services, AdminOptions options)
    {
        services.AddSingleton<ConsoleAssets>();
        services.AddSingleton(new ConsoleOrigin(options.Console));
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignInLimit>();
        var protection = services.AddDataProtection().SetApplicationName("gateway-console");
        if (string.IsNullOrEmpty(options.DataProtectionPath))
            protection.UseEphemeralDataProtectionProvider();
        else
            protection.PersistKeysToFileSystem(new DirectoryInfo(options.DataProtectionPath));
        if (options.Oidc.IsOn)
            OidcSignIn.AddServices(services, options);
        services.AddAntiforgery(o =>
        {
            o.FormFieldName = "form-token";
            o.HeaderName = null;
            o.SuppressXFrameOptionsHeader = true;
            o.Cookie.Name = options.Console.IsTls ? "__Host-" + FormCookie : FormCookie;
            o.Cookie.Path = options.Console.IsTls ? "/" : Root;
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = options.Console.IsTls ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
        });
    }

    /// <summary>Maps the pages.</summary>
    public static void Map(WebApplication app)
    {
        var console = app.MapGroup("").ExcludeFromDescription();
        ConsoleAssets.Map(console);
        SignInPages.Map(console);
        if (app.Services.GetRequiredService<AdminSettings>().Admin.Oidc.IsOn)
            OidcSignIn.Map(console);
        StartPage.Map(console);
        AccountsPages.Map(console);
        AccountPages.Map(console);
        var account = console.MapGroup(Root + "/accounts/{accountId}");
        KeysPages.Map(account);
        LinkWalletPages.Map(account);
        UnlinkWalletPages.Map(account);
        PeoplePages.Map(account);
        // For operators.
        NewAccountPages.Map(console);
        AdministerPages.Map(account);
        FleetPages.Map(console);
        ChangesPages.Map(console);
        RoutesPages.Map(console);
        AuditPages.Map(console);
        OperatorsPages.Map(console);
    }
}
