using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>
/// Says of a request that reached the upstream whether it may have. Nothing is known of what was sent: whatever arrives
/// must be one request, of an identity there is, for what that identity was granted in any reading of its path, and must
/// say nothing in our name that we did not say.
/// </summary>
internal sealed partial class ArrivalJudge(AttackKeys keys)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private static readonly string[] Ours =
    [
        "X-Gateway-Key-Id",
        "X-Gateway-Account-Id",
        "X-Gateway-Environment",
        "X-Gateway-Network",
        "X-Gateway-Role",
        "X-Gateway-Permissions",
        "X-Gateway-Wallet",
        "X-Gateway-Wallets",
        "X-Gateway-Signing-Wallet",
        "X-Gateway-Request-Id",
    ];

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public string? Fault(RecordedRequest request)
    {
        if (request.Line.Split(' ').Length is not 3)
            return "no request line";
        if (!Methods.Contains(request.Method))
            return $"the method {request.Method}";
        if (ForgedHeader(request) is { } forged)
            return forged;
        if (GrantedTo(request.Values("X-Gateway-Key-Id")) is not { } granted)
            return "an identity that nobody has";
        return PathReadings.Beyond(request.Target, granted) is { } reading ? $"can be read as {reading}" : null;
    }

    private IReadOnlyList<string>? GrantedTo(string[] keyIds) =>
        keyIds switch
        {
            [] => Placeholders.GrantedTo(null),
            [var id] when keys.Names.TryGetValue(id, out var name) && name is "LOWKEY" => Placeholders.GrantedTo(name),
            _ => null,
        };

    private static string? ForgedHeader(RecordedRequest request)
    {
        if (request.Values("Authorization").Length > 0)
            return "the credential arrived";
        if (request.Values("X-Forwarded-For") is not ["127.0.0.1"])
            return "the client's address is not what it is";
        foreach (var group in request.Headers.GroupBy(h => Folded().Replace(h.Key.ToLowerInvariant(), "-")))
        {
            if (!group.Key.StartsWith("x-gateway-", StringComparison.Ordinal))
                continue;
            if (group.Count() > 1 || !Ours.Contains(group.First().Key))
                return $"{group.First().Key} arrived";
        }
        return null;
    }

    [GeneratedRegex("[^a-z0-9]")]
    private static partial Regex Folded();
}
