using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Admin;

/// <summary>Whom an identity provider vouches for.</summary>
/// <param name="Subject">The person's id there.</param>
/// <param name="Email">The address, in lower case; null unless the provider says that it is verified.</param>
public sealed record OidcPerson(string Subject, string? Email);

/// <summary>Validates ID tokens (OpenID Connect Core 1.0 section 3.1.3.7): issuer, audience, signature by a key of the
/// provider, expiry, nonce.</summary>
public sealed class OidcTokens(OidcOptions options, OidcProvider provider, TimeProvider clock)
{
    /// <summary>The claim that says who.</summary>
    public const string Subject = "sub";

    /// <summary>The claim with a verified address.</summary>
    public const string Email = "email";

    // Asymmetric ones alone: with others, whoever knows our secret could sign, and "none" signs nothing.
    private static readonly string[] Algorithms =
    [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
    ];

    // What two clocks may differ by.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Whom an ID token is about.</summary>
    /// <exception cref="AuthenticationFailureException">It is not to be believed.</exception>
    public async Task<OidcPerson> ValidateAsync(HttpClient http, string idToken, string nonce, CancellationToken ct)
    {
        var result = await ReadAsync(http, idToken, unknownKey: false, ct);
        // Providers change their keys, and publish the new ones first.
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
            result = await ReadAsync(http, idToken, unknownKey: true, ct);
        if (!result.IsValid)
            throw new AuthenticationFailureException("The ID token is not valid.", result.Exception);
        var token = (JsonWebToken)result.SecurityToken;
        if (!IsSame(Claim(token, "nonce"), nonce))
            throw new AuthenticationFailureException("The ID token is not the answer to our question.");
        var isForUs = token.Audiences.Count() == 1 || Claim(token, "azp") == options.ClientId;
        if (string.IsNullOrEmpty(token.Subject) || !isForUs)
            throw new AuthenticationFailureException("The ID token names nobody, or was made for another.");
        var isVerified = string.Equals(Claim(token, "email_verified"), "true", StringComparison.OrdinalIgnoreCase);
        return new OidcPerson(token.Subject, isVerified ? Claim(token, Email)?.ToLowerInvariant() : null);
    }

    /// <summary>Asks the userinfo endpoint for the address that the ID token lacks (section 5.3).</summary>
    public async Task<OidcPerson> CompleteAsync(HttpClient http, OidcPerson person, string access, CancellationToken ct)
    {
        var metadata = await provider.GetAsync(http, unknownKey: false, ct);
        if (metadata.UserInfoEndpoint is not { } endpoint)
            return person;
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access);
        using var response = await http.SendAsync(request, ct);
        if (!response.IsSuccessStatusCode)
            return person;
        using var claims = JsonDocument.Parse(await response.Content.ReadAsStringAsync(ct));
        var root = claims.RootElement;
        string? Text(string name) => root.TryGetProperty(name, out var value) ? value.ToString() : null;
        // Section 5.3.2: of another subject, nothing of it is to be used.
        return
            Text(Subject) == person.Subject
            && string.Equals(Text("email_verified"), "true", StringComparison.OrdinalIgnoreCase)
            ? person with
            {
                Email = Text(Email)?.ToLowerInvariant(),
            }
            : person;
    }

    private async Task<TokenValidationResult> ReadAsync(
        HttpClient http,
        string idToken,
        bool unknownKey,
        CancellationToken ct
    )
    {
        var metadata = await provider.GetAsync(http, unknownKey, ct);
        return await _handler.ValidateTokenAsync(
            idToken,
            new TokenValidationParameters
            {
                ValidIssuer = options.Authority,
                ValidAudience = options.ClientId,
                ValidAlgorithms = Algorithms,
                IssuerSigningKeys = metadata.Keys,
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                TryAllIssuerSigningKeys = false,
                LifetimeValidator = (from, until, _, _) => IsNow(from, until),
            }
        );
    }

    private bool IsNow(DateTime? from, DateTime? until)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return until is { } end && now < end + Skew && !(from > now + Skew);
    }

    private static string? Claim(JsonWebToken token, string name) =>
        token.TryGetPayloadValue<object>(name, out var value) ? value?.ToString() : null;

    private static bool IsSame(string? a, string b) =>
        a is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
