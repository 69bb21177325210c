using FsCheck;
using FsCheck.Fluent;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Tests;

/// <summary>Metadata of every kind, read twice. What is not exactly what the contract names is a problem, and what is none
/// is read as it was written: no policy is laxer than its text.</summary>
public sealed class RoutePolicyModelTests
{
    private static readonly RouteContext Context = new(["sandbox", "production"], TimeSpan.FromSeconds(60));

    // Values that are right for some key, and values that are right for none.
    private static readonly Dictionary<string, string[]> Right = new(StringComparer.Ordinal)
    {
        ["Access"] = ["anonymous", "key"],
        ["Permissions"] = ["a:read", "a:read b.c:write"],
        ["Environments"] = ["sandbox", "sandbox production"],
        ["Wallet"] = ["any", "query:w", "header:x-wallet", "{id}"],
        ["Credential"] = ["forward"],
        ["MaxStaleness"] = ["0s", "2s", "24h"],
        ["AllowEncoded"] = [";", "%3B"],
        ["Cluster.sandbox"] = ["up"],
    };

    private static readonly Dictionary<string, string[]> Wrong = new(StringComparer.Ordinal)
    {
        ["Access"] = ["Anonymous", "none", "anonymous key"],
        ["Permissions"] = ["*", "a:*", "!a:read", "a:read a:read", "a:read \u00e9", "a\0"],
        ["Environments"] = ["staging", "Sandbox", "sandbox sandbox", "*"],
        ["Wallet"] = ["Any", "{rest}", "{none}", "query:", "query:api_key", "header:authorization", "header:a b", "id"],
        ["Credential"] = ["Forward", "strip"],
        ["MaxStaleness"] = ["25h", "-1s", "1", "1.5s", "1d"],
        ["AllowEncoded"] = ["%2F", "/", ".", "%25", "\u00e9", "a\0"],
        ["Cluster.sandbox"] = [],
    };

    private static readonly Gen<KeyValuePair<string, string>> Entry =
        from name in Gen.Elements([.. Right.Keys])
        from isRight in Gen.Frequency((8, Gen.Constant(true)), (1, Gen.Constant(false)))
        from value in Gen.Elements(isRight ? Right[name] : [.. Wrong[name], "", " "])
        from key in Gen.Frequency((8, Gen.Constant(name)), (1, Gen.Constant(name.ToUpperInvariant())))
        from stranger in Gen.Frequency((30, Gen.Constant("")), (1, Gen.Elements("Permision", "Cluster.staging")))
        select KeyValuePair.Create(stranger.Length > 0 ? stranger : key, value);

    [Fact]
    public void WhatIsReadWithoutAProblem_IsWhatIsWritten() =>
        Property.ForAll(
            Property
                .Several(Entry, 4)
                .Select(e => e.DistinctBy(p => p.Key, StringComparer.OrdinalIgnoreCase).ToArray()),
            entries =>
            {
                var metadata = entries.ToDictionary(e => e.Key, e => e.Value, StringComparer.OrdinalIgnoreCase);
                List<string> problems = [];
                var policy = RoutePolicy.Parse(
                    new RouteConfig
                    {
                        RouteId = "r",
                        ClusterId = "up",
                        Match = new RouteMatch { Path = "/v1/{id}/{**rest}" },
                        Metadata = metadata,
                    },
                    Context,
                    problems
                );
                return problems.Count == 0 == IsRight(metadata)
                    && (problems.Count > 0 || IsAsWritten(policy, metadata));
            },
            3_000 * FuzzOptions.Times
        );

    private static bool IsRight(Dictionary<string, string> metadata)
    {
        var isAnonymous = metadata.GetValueOrDefault("Access") is "anonymous";
        return (metadata.ContainsKey("Access") || metadata.ContainsKey("Permissions"))
            && metadata.All(e => RightFor(e.Key)?.Contains(e.Value) == true)
            && (
                !isAnonymous
                || metadata.Keys.All(k => RightFor(k) == Right["Access"] || RightFor(k) == Right["AllowEncoded"])
            );
    }

    private static string[]? RightFor(string key) =>
        Right.FirstOrDefault(r => r.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value;

    private static bool IsAsWritten(RoutePolicy policy, Dictionary<string, string> metadata) =>
        policy.Anonymous == metadata.GetValueOrDefault("Access") is "anonymous"
        && policy.ScopeText == metadata.GetValueOrDefault("Permissions", "")
        && string.Join(' ', policy.Environments ?? []) == metadata.GetValueOrDefault("Environments", "")
        && policy.Wallet.ToString() == metadata.GetValueOrDefault("Wallet", "")
        && policy.ForwardCredential == metadata.ContainsKey("Credential")
        && policy.HasClusters == metadata.ContainsKey("Cluster.sandbox")
        && policy.AllowsEnvironment("production")
            == (!metadata.ContainsKey("Cluster.sandbox") && metadata.GetValueOrDefault("Environments") is not "sandbox")
        && policy.MaxStaleness
            == (metadata.GetValueOrDefault("MaxStaleness") ?? "60s") switch
            {
                "0s" => TimeSpan.Zero,
                "2s" => TimeSpan.FromSeconds(2),
                "24h" => TimeSpan.FromDays(1),
                _ => TimeSpan.FromMinutes(1),
            };
}
