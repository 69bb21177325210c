using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Gateway.Admin;

/// <summary>
/// The framework's authorization code flow, which brings state, its correlation with the browser, and PKCE, and on top of
/// it what makes it OpenID Connect:
/// <code>
/// challenge   discovery; a nonce goes along, and into the protected state
/// callback    the issuer that the answer names, where it does (RFC 9207)
/// code        exchanged with our secret in the header, unless the provider wants it in the body
/// ticket      the ID token, validated; claims it lacks, from the userinfo endpoint of the same subject
/// </code>
/// </summary>
public sealed class OidcHandler(
    IOptionsMonitor<OAuthOptions> monitor,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    OidcProvider provider,
    OidcTokens tokens,
    AdminSettings settings
) : OAuthHandler<OAuthOptions>(monitor, loggers, encoder)
{
    private const string NonceItem = "nonce";

    private readonly OidcOptions _oidc = settings.Admin.Oidc;

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(AuthenticateResult.NoResult()); // who is signed in, Sessions says

    /// <inheritdoc/>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var metadata = await provider.GetAsync(Backchannel, unknownKey: false, Context.RequestAborted);
        Options.AuthorizationEndpoint = metadata.AuthorizationEndpoint;
        properties.Items[NonceItem] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await base.HandleChallengeAsync(properties);
    }

    /// <inheritdoc/>
    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri) =>
        QueryHelpers.AddQueryString(
            base.BuildChallengeUrl(properties, redirectUri),
            NonceItem,
            properties.Items[NonceItem]!
        );

    /// <inheritdoc/>
    protected override async Task<HandleRequestResult> HandleRemoteAuthenticateAsync()
    {
        var metadata = await provider.GetAsync(Backchannel, unknownKey: false, Context.RequestAborted);
        var issuer = Request.Query["iss"];
        // Of another provider: its code would be sent to the wrong one.
        if ((metadata.StatesIssuer || issuer.Count > 0) && issuer != _oidc.Authority)
            return HandleRequestResult.Fail("The answer is another issuer's.");
        return await base.HandleRemoteAuthenticateAsync();
    }

    /// <inheritdoc/>
    protected override async Task<OAuthTokenResponse> ExchangeCodeAsync(OAuthCodeExchangeContext context)
    {
        var metadata = await provider.GetAsync(Backchannel, unknownKey: false, Context.RequestAborted);
        var fields = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = context.Code,
            ["redirect_uri"] = context.RedirectUri,
            ["code_verifier"] = context.Properties.Items[OAuthConstants.CodeVerifierKey],
        };
        if (metadata.SecretInBody)
            (fields["client_id"], fields["client_secret"]) = (_oidc.ClientId, _oidc.ClientSecret);
        using var request = new HttpRequestMessage(HttpMethod.Post, metadata.TokenEndpoint);
        request.Content = new FormUrlEncodedContent(fields);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (!metadata.SecretInBody)
            request.Headers.Authorization = Basic();
        using var response = await Backchannel.SendAsync(request, Context.RequestAborted);
        return response.IsSuccessStatusCode
            ? OAuthTokenResponse.Success(JsonDocument.Parse(await response.Content.ReadAsStringAsync()))
            : OAuthTokenResponse.Failed(new HttpRequestException($"The code was answered {(int)response.StatusCode}."));
    }

    /// <inheritdoc/>
    protected override async Task<AuthenticationTicket> CreateTicketAsync(
        ClaimsIdentity identity,
        AuthenticationProperties properties,
        OAuthTokenResponse response
    )
    {
        var root = response.Response!.RootElement;
        var idToken = root.TryGetProperty("id_token", out var text) ? text.GetString() : null;
        var person = await tokens.ValidateAsync(
            Backchannel,
            idToken ?? "",
            properties.Items[NonceItem]!,
            Context.RequestAborted
        );
        if (person.Email is null && response.AccessToken is { } access)
            person = await tokens.CompleteAsync(Backchannel, person, access, Context.RequestAborted);
        identity.AddClaim(new Claim(OidcTokens.Subject, person.Subject));
        if (person.Email is { } email)
            identity.AddClaim(new Claim(OidcTokens.Email, email));
        return new AuthenticationTicket(new ClaimsPrincipal(identity), properties, Scheme.Name);
    }

    // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    private AuthenticationHeaderValue Basic()
    {
        var pair = $"{Uri.EscapeDataString(_oidc.ClientId)}:{Uri.EscapeDataString(_oidc.ClientSecret)}";
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }
}
