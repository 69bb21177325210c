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

    private static readonly string[] Wrong =
    [
        "",
        " ",
        "Anonymous",
        "*",
        "a:*",
        "!a",
        "a:read a:read",
        "staging",
        "{rest}",
        "{none}",
        "query:",
        "header:authorization",
        "25h",
        "-1s",
        "%2F",
        "\u00e9",
        "a\0",
    ];

    private static readonly Gen<KeyValuePair<string, string>> Entry =
        from key in Gen.Elements([.. Right.Keys, "access", "Permision", "Cluster.staging"])
        from isRight in Gen.Frequency((6, Gen.Constant(true)), (1, Gen.Constant(false)))
        from value in Gen.Elements(isRight && Right.TryGetValue(key, out var right) ? right : Wrong)
        select KeyValuePair.Create(key, value);

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
