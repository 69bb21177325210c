using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Admin;

/// <summary>What a provider states of itself (OpenID Connect Discovery 1.0 section 3).</summary>
/// <param name="AuthorizationEndpoint">Where people are sent.</param>
/// <param name="TokenEndpoint">Where a code is exchanged.</param>
/// <param name="UserInfoEndpoint">Where claims are asked for that the ID token lacks; null for none.</param>
/// <param name="SecretInBody">Whether our secret goes into the body; in the header else, as is the default.</param>
/// <param name="StatesIssuer">Whether its answers name it (RFC 9207).</param>
/// <param name="Keys">What it signs with.</param>
/// <param name="ReadAt">When this was read.</param>
public sealed record OidcMetadata(
    string AuthorizationEndpoint,
    string TokenEndpoint,
    string? UserInfoEndpoint,
    bool SecretInBody,
    bool StatesIssuer,
    IReadOnlyList<SecurityKey> Keys,
    DateTimeOffset ReadAt
);

/// <summary>The identity provider: its metadata and keys, read when they are first needed, again every hour, and, at most
/// once a minute, when a token is signed with a key that is not known yet.</summary>
public sealed class OidcProvider(OidcOptions options, TimeProvider clock)
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private OidcMetadata? _known;

    /// <summary>The metadata.</summary>
    /// <param name="http">Asks.</param>
    /// <param name="unknownKey">Whether a key was missing from what was read last.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="HttpRequestException">The provider cannot be asked, or says what it must not.</exception>
    public async Task<OidcMetadata> GetAsync(HttpClient http, bool unknownKey, CancellationToken ct)
    {
        var (known, now) = (_known, clock.GetUtcNow());
        if (known is not null && now - known.ReadAt < (unknownKey ? Pause : Kept))
            return known;
        // Two who read at once read the same.
        return _known = await ReadAsync(http, now, ct);
    }

    private async Task<OidcMetadata> ReadAsync(HttpClient http, DateTimeOffset now, CancellationToken ct)
    {
        var root = await ReadJsonAsync(http, options.Authority.TrimEnd('/') + "/.well-known/openid-configuration", ct);
        // Section 4.3: else another's metadata, and with it another's keys, could be slipped in.
        if (!string.Equals(Text(root, "issuer"), options.Authority, StringComparison.Ordinal))
            throw new HttpRequestException("The provider's issuer is not Admin:Oidc:Authority.");
        var keys = await ReadJsonAsync(http, Endpoint(root, "jwks_uri"), ct);
        return new OidcMetadata(
            Endpoint(root, "authorization_endpoint"),
            Endpoint(root, "token_endpoint"),
            root.TryGetProperty("userinfo_endpoint", out _) ? Endpoint(root, "userinfo_endpoint") : null,
            Methods(root) is { Count: > 0 } methods && !methods.Contains("client_secret_basic"),
            root.TryGetProperty("authorization_response_iss_parameter_supported", out var iss)
                && iss.ValueKind == JsonValueKind.True,
            [.. new JsonWebKeySet(keys.GetRawText()).GetSigningKeys()],
            now
        );
    }

    private static async Task<JsonElement> ReadJsonAsync(HttpClient http, string url, CancellationToken ct)
    {
        var bytes = await http.GetByteArrayAsync(url, ct);
        if (bytes.Length > MaxBytes)
            throw new HttpRequestException("The provider's answer is too long.");
        try
        {
            return JsonDocument.Parse(bytes).RootElement;
        }
        catch (JsonException e)
        {
            throw new HttpRequestException("The provider's answer is not JSON.", e);
        }
    }

    private static string Endpoint(JsonElement root, string name) =>
        Text(root, name) is { } url && Uri.TryCreate(url, UriKind.Absolute, out var uri) && OidcOptions.IsSafe(uri)
            ? url
            : throw new HttpRequestException($"The provider's {name} is not an https URL.");

    private static string? Text(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static List<string> Methods(JsonElement root) =>
        root.TryGetProperty("token_endpoint_auth_methods_supported", out var list)
        && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(m => m.ToString())]
            : [];
}
