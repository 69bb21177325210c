using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Tests;

/// <summary>An identity provider on loopback that signs in whomever the test says, and can be told to misbehave. It checks
/// what a good one checks: redirect URI, PKCE, our secret.</summary>
internal sealed class TestIdentityProvider : IAsyncDisposable
{
    public const string ClientId = "console-client";
    public const string ClientSecret = "secret & of:the client";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, (string Redirect, string Challenge, string Nonce)> _codes = new();
    private RsaSecurityKey _key = NewKey();

    private TestIdentityProvider(WebApplication app) => _app = app;

    /// <summary>Its issuer.</summary>
    public string Issuer { get; private set; } = "";

    /// <summary>What it calls the person who signs in.</summary>
    public string Subject { get; set; } = "sub-1";

    /// <summary>The person's address, and whether it is verified.</summary>
    public (string Address, bool IsVerified) Email { get; set; } = ("Ada@example.com", true);

    /// <summary>Whether the address is at the userinfo endpoint rather than in the ID token.</summary>
    public bool HasEmailInUserInfo { get; set; }

    /// <summary>Changes an ID token before it is signed.</summary>
    public Action<SecurityTokenDescriptor>? Tamper { get; set; }

    /// <summary>Changes an ID token after it is signed.</summary>
    public Func<string, string> Forge { get; set; } = t => t;

    /// <summary>The issuer its answers name; null names none.</summary>
    public string? AnswersAs { get; set; }

    /// <summary>Starts it.</summary>
    public static async Task<TestIdentityProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear(); // not the settings of the programs beside the tests
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var provider = new TestIdentityProvider(app);
        app.MapGet("/.well-known/openid-configuration", provider.Describe);
        app.MapGet("/keys", () => provider.Keys());
        app.MapGet("/authorize", (HttpRequest r) => provider.Authorize(r));
        app.MapPost("/token", (HttpRequest r) => provider.TokenAsync(r));
        app.MapGet("/me", () => provider.Me());
        await app.StartAsync();
        provider.Issuer = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return provider;
    }

    /// <summary>Settings of a console that trusts it.</summary>
    public (string, string)[] Settings() =>
        [
            ("Admin:Oidc:Authority", Issuer),
            ("Admin:Oidc:ClientId", ClientId),
            ("Admin:Oidc:ClientSecret", ClientSecret),
            ("Admin:Oidc:Name", "Acme ID"),
        ];

    /// <summary>Signs with a new key from now on.</summary>
    public void ChangeKey() => _key = NewKey();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private object Describe() =>
        new
        {
            issuer = Issuer,
            authorization_endpoint = Issuer + "/authorize",
            token_endpoint = Issuer + "/token",
            jwks_uri = Issuer + "/keys",
            userinfo_endpoint = Issuer + "/me",
        };

    private object Keys()
    {
        var parameters = _key.Parameters;
        var (n, e) = (Base64UrlEncoder.Encode(parameters.Modulus), Base64UrlEncoder.Encode(parameters.Exponent));
        return new
        {
            keys = new[]
            {
                new
                {
                    kty = "RSA",
                    use = "sig",
                    alg = "RS256",
                    kid = _key.KeyId,
                    n,
                    e,
                },
            },
        };
    }

    private IResult Authorize(HttpRequest request)
    {
        var query = request.Query;
        if (
            query["client_id"] != ClientId
            || query["response_type"] != "code"
            || query["code_challenge_method"] != "S256"
        )
            return Results.BadRequest();
        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _codes[code] = (query["redirect_uri"]!, query["code_challenge"]!, query["nonce"]!);
        var back = new Dictionary<string, string?> { ["code"] = code, ["state"] = query["state"] };
        if (AnswersAs is not null)
            back["iss"] = AnswersAs;
        return Results.Redirect(QueryHelpers.AddQueryString(query["redirect_uri"]!, back));
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var pair = $"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(ClientSecret)}";
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));
        var verifier = SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()));
        if (
            request.Headers.Authorization != expected
            || !_codes.TryRemove(form["code"].ToString(), out var asked)
            || asked.Redirect != form["redirect_uri"]
            || asked.Challenge != Base64UrlEncoder.Encode(verifier)
        )
            return Results.BadRequest();
        return Results.Json(
            new
            {
                access_token = "access",
                token_type = "Bearer",
                id_token = IdToken(asked.Nonce),
            }
        );
    }

    private IResult Me() =>
        Results.Json(
            new
            {
                sub = Subject,
                email = Email.Address,
                email_verified = Email.IsVerified,
            }
        );

    private string IdToken(string nonce)
    {
        var claims = new Dictionary<string, object> { ["sub"] = Subject, ["nonce"] = nonce };
        if (!HasEmailInUserInfo)
            (claims["email"], claims["email_verified"]) = (Email.Address, Email.IsVerified);
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = ClientId,
            Expires = DateTime.UtcNow.AddMinutes(5),
            Claims = claims,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
        };
        Tamper?.Invoke(descriptor);
        return Forge(new JsonWebTokenHandler().CreateToken(descriptor));
    }

    private static RsaSecurityKey NewKey()
    {
        using var rsa = RSA.Create(2048);
        return new RsaSecurityKey(rsa.ExportParameters(true)) { KeyId = Guid.NewGuid().ToString("N") };
    }
}
