using Gateway.Keys;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>Check 2: the bytes a caller presents, from <c>Authorization: Bearer</c> (RFC 6750 section 2.1) or, when
/// enabled, <c>X-API-Key</c>. Never from the query string or a body.</summary>
internal static class Credential
{
    private const string Scheme = "Bearer";

    /// <summary>Reads it.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="apiKeyHeader">Whether <c>X-API-Key</c> is taken.</param>
    /// <param name="credential">What was presented, a part of the header's own text; empty for nothing.</param>
    /// <returns>A refusal, or null.</returns>
    public static DenyReason? Read(IHeaderDictionary headers, bool apiKeyHeader, out ReadOnlySpan<char> credential)
    {
        var authorization = headers.Authorization;
        credential = Bearer(authorization);
        if (!apiKeyHeader || !headers.TryGetValue("X-API-Key", out var values))
            return null;
        if (authorization.Count > 0 || values.Count != 1)
            return DenyReason.BadRequest;
        credential = values[0];
        return null;
    }

    // The scheme's case does not matter (RFC 9110 section 11.1); what follows is the credential to the letter.
    private static ReadOnlySpan<char> Bearer(StringValues authorization)
    {
        if (authorization.Count != 1 || authorization[0] is not { } value)
            return [];
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return [];
        if (value.Length == Scheme.Length || value[Scheme.Length] != ' ')
            return [];
        return value.AsSpan(Scheme.Length).TrimStart(' ');
    }
}
