namespace Gateway.Admin;

/// <summary>Settings under <c>Admin:Oidc</c>: the identity provider by which people sign in (OpenID Connect, authorization
/// code flow with PKCE). Its redirect URI for us is <c>Admin:Console:Url</c> and <c>/console/sign-in/callback</c>.</summary>
public sealed class OidcOptions
{
    /// <summary>The issuer, exactly as the provider states it, such as <c>https://id.example.com</c>; empty for none.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Our client id there.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Our client secret there. A secret.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>What is asked for; <c>openid</c> and <c>email</c> are needed.</summary>
    public string Scopes { get; set; } = "openid email";

    /// <summary>What the provider is called on the sign-in page.</summary>
    public string Name { get; set; } = "single sign-on";

    /// <summary>Whether there is one.</summary>
    public bool IsOn => !string.IsNullOrEmpty(Authority);

    /// <summary>Adds a line for each setting that cannot be used.</summary>
    public void Validate(ConsoleOptions console, ICollection<string> problems)
    {
        if (!IsOn)
            return;
        if (!console.IsOn)
            problems.Add("Admin:Oidc is for the console: set Admin:Console:Url too.");
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var uri) || !IsSafe(uri))
            problems.Add("Admin:Oidc:Authority must be an https URL (http on loopback alone).");
        if (string.IsNullOrEmpty(ClientId) || string.IsNullOrEmpty(ClientSecret))
            problems.Add("Admin:Oidc:ClientId and Admin:Oidc:ClientSecret must be set.");
        if (!Scopes.Split(' ').Contains("openid"))
            problems.Add("Admin:Oidc:Scopes must have 'openid' among them.");
    }

    /// <summary>Whether a provider's address may be asked: codes and tokens do not cross a network in the open.</summary>
    public static bool IsSafe(Uri uri) => uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback);
}
