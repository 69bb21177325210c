namespace Gateway.Tests;

/// <summary>The three calls of SDP's page on API keys, as they are printed there: method, path, headers, body.</summary>
internal static class SdpPage
{
    /// <summary>The key's name in all three.</summary>
    public const string Name = "CI deploy key";

    /// <summary>A day on which the expiry the page prints was still to come.</summary>
    public static readonly DateTimeOffset Printed = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Create = """
        {
        "name": "CI deploy key",
        "role": "api_developer",
        "environment": "sandbox",
        "walletScope": "all",
        "expiresAt": "2026-12-31T23:59:59Z"
        }
        """;

    // What JSON.stringify makes of the same.
    private const string CreateByFetch =
        """{"name":"CI deploy key","role":"api_developer","environment":"sandbox","walletScope":"all","expiresAt":"2026-12-31T23:59:59Z"}""";

    private const string Rotate = """{ "gracePeriodHours": 24 }""";

    private const string Revoke = """{ "confirmation": "CI deploy key" }""";

    /// <summary>Creates a key.</summary>
    /// <param name="host">Where.</param>
    /// <param name="key">Whose account it will be of.</param>
    public static Task<ApiAnswer> CreateAsync(HttpClient host, string key) =>
        host.CallAsync(HttpMethod.Post, "/v1/api-keys", Create, key);

    /// <summary>The same as a browser's fetch sends it.</summary>
    public static Task<ApiAnswer> CreateByFetchAsync(HttpClient host, string key) =>
        host.CallAsync(HttpMethod.Post, "/v1/api-keys", CreateByFetch, key);

    /// <summary>The same, but for an expiry that is to come whenever this runs.</summary>
    public static Task<ApiAnswer> CreateForLaterAsync(HttpClient host, string key) =>
        host.CallAsync(HttpMethod.Post, "/v1/api-keys", Create.Replace("2026", "2096", StringComparison.Ordinal), key);

    /// <summary>Rotates a key.</summary>
    public static Task<ApiAnswer> RotateAsync(HttpClient host, string key, string id) =>
        host.CallAsync(HttpMethod.Post, $"/v1/api-keys/{id}/rotate", Rotate, key);

    /// <summary>Revokes a key.</summary>
    public static Task<ApiAnswer> RevokeAsync(HttpClient host, string key, string id) =>
        host.CallAsync(HttpMethod.Delete, $"/v1/api-keys/{id}", Revoke, key);
}
