namespace Gateway.Tests;

/// <summary>The attempts. <c>w1</c> and <c>w2</c> are wallets of the account.</summary>
internal static class EscalationAttempts
{
    // Sources, as published.
    internal const string Rotation =
        "GHSA-8h52-44r7-w343 (Capgo): a manager rotates a stronger key and keeps the secret";
    internal const string Ceiling = "gotempsh/temps #267: role and custom permissions of a new key are not compared";
    internal const string Wildcard = "decocms/studio #4119: '*' accepted on create and on update";
    internal const string Defaults = "keygen-api #1108: stating no permissions gives the default ones";

    internal const string Manager = """{"permissions":["api-keys:read","api-keys:write","tokens:read"]}""";
    internal const string Bound = """
        {"permissions":["api-keys:read","api-keys:write","tokens:read"],"walletScope":"selected",
         "walletBindings":[{"walletId":"w1","permissions":["tokens:read"]}]}
        """;
    internal const string Limited = """
        {"permissions":["api-keys:read","api-keys:write","tokens:read"],"allowedIps":["127.0.0.1"],
         "expiresAt":"2036-01-01T00:00:00Z","rateLimit":{"requests":60,"windowSeconds":60}}
        """;
    internal const string Within = """
        "allowedIps":["127.0.0.1"],"expiresAt":"2035-01-01T00:00:00Z","rateLimit":{"requests":60,"windowSeconds":60}
        """;
    internal const string Lesser = """{"permissions":["tokens:read"]}""";
    internal const string Narrowed = """{"role":"api_admin","permissions":["tokens:read"]}""";
    internal const string Create = "POST ";
    internal const string Update = "PATCH /{id}";

    /// <summary>All of them.</summary>
    public static IEnumerable<EscalationAttempt> All =>
        [.. ByGrant(), .. ByWallet(), .. ByLimit(), .. EscalationTargets.All];

    private static IEnumerable<EscalationAttempt> ByGrant()
    {
        foreach (var role in new[] { "api_admin", "api_developer", "api_readonly" })
            yield return new($"create with {role}", Ceiling, Manager, null, Create, $$"""{"role":"{{role}}"}""");
        string[] grants = ["*", "*:read", "*:write", "tokens:*", "tokens:write", "api-keys:*", "tokens.read", "vm.*"];
        foreach (var grant in grants)
        {
            var body = $$"""{"permissions":["tokens:read","{{grant}}"]}""";
            yield return new($"create with {grant}", Wildcard, Manager, null, Create, body);
            yield return new($"update to {grant}", Wildcard, Manager, Lesser, Update, body);
        }
        const string Both = """{"role":"api_admin","permissions":["tokens:*"]}""";
        yield return new("a role beside permissions", Ceiling, Manager, null, Create, Both);
        yield return new(
            "an exclusion in a key",
            "",
            Manager,
            null,
            Create,
            """{"permissions":["!tokens:read"]}""",
            EscalationAttempt.NotAField
        );
        yield return new(
            "the permissions of the role, by taking the own ones away",
            Defaults,
            Manager,
            Narrowed,
            Update,
            """{"permissions":null}"""
        );
        yield return new(
            "the role's by an empty role",
            "",
            Manager,
            null,
            Create,
            """{"role":""}""",
            EscalationAttempt.NotAField
        );
        yield return new("another environment", "", Manager, null, Create, """{"environment":"production"}""");
        const string Case = """{"environment":"Production"}""";
        yield return new(
            "another environment, spelled otherwise",
            "",
            Manager,
            null,
            Create,
            Case,
            EscalationAttempt.NotAField
        );
        yield return new(
            "the role, spelled otherwise",
            "",
            Manager,
            null,
            Create,
            """{"role":"API_ADMIN"}""",
            EscalationAttempt.NotAField
        );
    }

    private static IEnumerable<EscalationAttempt> ByWallet()
    {
        const string Other =
            """{"walletScope":"selected","walletBindings":[{"walletId":"w2"}],"permissions":["tokens:read"]}""";
        yield return new("every wallet, by saying so", "", Bound, null, Create, """{"walletScope":"all"}""");
        yield return new(
            "every wallet, by saying nothing",
            Defaults,
            Bound,
            null,
            Create,
            """{"permissions":["tokens:read"]}"""
        );
        yield return new("another wallet", "", Bound, null, Create, Other);
        const string More = """
            {"permissions":["tokens:read","api-keys:read"],"walletScope":"selected","walletBindings":[{"walletId":"w1"}]}
            """;
        yield return new("more for the wallet than the binding gives", "", Bound, null, Create, More);
        const string Signing = """
            {"permissions":["tokens:read"],"walletScope":"selected","walletBindings":[{"walletId":"w1","permissions":["tokens:read"]}],
             "signingWalletId":"w2"}
            """;
        yield return new("another wallet to sign with", "", Bound, null, Create, Signing);
        const string Mine = """
            {"permissions":["tokens:read"],"walletScope":"selected","walletBindings":[{"walletId":"w1","permissions":["tokens:read"]}]}
            """;
        yield return new("a change to every wallet", "", Bound, Mine, Update, """{"walletScope":"all"}""");
        yield return new(
            "a change to another wallet",
            "",
            Bound,
            Mine,
            Update,
            """{"walletBindings":[{"walletId":"w2"}]}"""
        );
        yield return new(
            "a change of the wallet to sign with",
            "",
            Bound,
            Mine,
            Update,
            """{"signingWalletId":"w2"}"""
        );
        yield return new(
            "a wallet of nobody",
            "",
            Bound,
            null,
            Create,
            """{"signingWalletId":"w9","walletScope":"all"}""",
            EscalationAttempt.NotAField
        );
        yield return new("rotation of a key for every wallet", Rotation, Bound, Lesser, "POST /{id}/rotate", null);
    }

    private static IEnumerable<EscalationAttempt> ByLimit()
    {
        (string What, string Fields)[] wider =
        [
            ("from anywhere", "\"allowedIps\":null"),
            ("from everywhere", "\"allowedIps\":[\"0.0.0.0/0\"]"),
            ("from everywhere in IPv6", "\"allowedIps\":[\"127.0.0.1\",\"::/0\"]"),
            ("from a mapped network", "\"allowedIps\":[\"::ffff:0:0/96\"]"),
            ("from one address more", "\"allowedIps\":[\"127.0.0.0/31\"]"),
            ("for ever", "\"expiresAt\":null"),
            ("a moment longer", "\"expiresAt\":\"2036-01-01T00:00:00.001Z\""),
            ("longer, in another zone", "\"expiresAt\":\"2036-01-01T00:00:00-00:01\""),
            ("without a rate", "\"rateLimit\":null"),
            ("faster", "\"rateLimit\":{\"requests\":61,\"windowSeconds\":60}"),
            ("as fast in less time", "\"rateLimit\":{\"requests\":60,\"windowSeconds\":59}"),
        ];
        foreach (var (what, fields) in wider)
        {
            yield return new($"create {what}", "", Limited, null, Create, Replaced(fields));
            yield return new(
                $"update {what}",
                "",
                Limited,
                $"{{\"permissions\":[\"tokens:read\"],{Within}}}",
                Update,
                $"{{{fields}}}"
            );
        }
        yield return new("rotation of a key without limits", Rotation, Limited, Lesser, "POST /{id}/rotate", null);
    }

    private static string Replaced(string fields)
    {
        var body = System
            .Text.Json.Nodes.JsonNode.Parse($$"""{"permissions":["tokens:read"],{{Within}}}""")!
            .AsObject();
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse($"{{{fields}}}")!.AsObject())
            body[name] = value?.DeepClone();
        return body.ToJsonString();
    }
}
