namespace Gateway.Tests;

/// <summary>Attempts on keys that are out of reach, and with fields that are nobody's to state.</summary>
internal static class EscalationTargets
{
    private const string ForAnother = "StackStorm st2 #6380: the body says whose key it is";
    private const string Target = "CVE-2026-21721 (Grafana): the action is checked, the thing it is done to is not";
    private const string Removal = "CVE-2026-22640 (Grafana): the lesser administrator removes the greater";
    private const string Reenabled = "pn-frontend #604: what had ended is enabled again";

    private const string Greater = """{"role":"api_admin"}""";
    private const string Developer = """{"role":"api_developer"}""";
    private const string Production = """{"permissions":["tokens:read"],"environment":"production"}""";
    private const string Named = """{"confirmation":"target"}""";
    private const string Rotate = "POST /{id}/rotate";

    // Whatever an answer has in it, and what other products have taken.
    private const string Fields =
        "id accountId account_id key keyPrefix keyHash hash pepperId status grants lineId rotatedFrom rotatedTo "
        + "rotationDeadline disabledAt revokedAt revokedBy revokedChange createdBy createdAt updatedAt lastUsedAt version "
        + "user userId owner ownerId admin isAdmin roles scopes Role ROLE Permissions role\\u0000 ｒole __proto__ "
        + "constructor $type @type propagation data apiKey permissions\\u0020 ";

    private static readonly (string Name, string Source, string Target, string Call, string? Body)[] Keys =
    [
        ("rotate", EscalationAttempts.Rotation, Greater, Rotate, """{"gracePeriodHours":0}"""),
        ("rotate what may do more by its role", EscalationAttempts.Rotation, Developer, Rotate, null),
        ("rotate in another environment", Target, Production, Rotate, null),
        ("rename", Target, Greater, EscalationAttempts.Update, """{"name":"mine"}"""),
        ("narrow", Target, Greater, EscalationAttempts.Update, """{"permissions":["tokens:read"]}"""),
        ("prolong", Reenabled, Greater, EscalationAttempts.Update, """{"expiresAt":null}"""),
        ("enable", Reenabled, Greater, "POST /{id}/enable", null),
        ("disable", Removal, Greater, "POST /{id}/disable", null),
        ("disable in another environment", Target, Production, "POST /{id}/disable", null),
        ("revoke", Removal, Greater, "DELETE /{id}", Named),
        ("revoke by POST", Removal, Greater, "POST /{id}/revoke", Named),
        ("revoke with what it made", Removal, Greater, "DELETE /{id}?descendants=true", Named),
    ];

    // Whoever has stolen a key must not lengthen its life, nor get more by it.
    private static readonly (string Name, string Call, string? Body)[] Itself =
    [
        ("prolong", EscalationAttempts.Update, """{"expiresAt":null}"""),
        ("rename", EscalationAttempts.Update, """{"name":"mine"}"""),
        ("open to every address", EscalationAttempts.Update, """{"allowedIps":null}"""),
        ("take every grant", EscalationAttempts.Update, """{"permissions":["*"]}"""),
        ("rotate", Rotate, null),
        ("rotate without grace", Rotate, """{"gracePeriodHours":0}"""),
        ("disable", "POST /{id}/disable", null),
        ("enable", "POST /{id}/enable", null),
        ("revoke", "DELETE /{id}", """{"confirmation":"actor"}"""),
        ("revoke by POST", "POST /{id}/revoke", """{"confirmation":"actor"}"""),
    ];

    // Of a key that is within reach: what is refused is how it is said.
    private static readonly (string Name, string Body)[] Bodies =
    [
        ("the role of a key", """{"role":"api_admin"}"""),
        ("the environment of a key", """{"environment":"production"}"""),
        ("the same field twice", """{"permissions":["tokens:read"],"permissions":["*"]}"""),
        ("the same field twice, once escaped", """{"permissions":["tokens:read"],"permission\u0073":["*"]}"""),
        ("grants as text", """{"permissions":"*"}"""),
        ("a grant in a list in a list", """{"permissions":[["*"]]}"""),
        ("a grant with a space", """{"permissions":["tokens:read *"]}"""),
        ("a grant in capitals", """{"permissions":["TOKENS:WRITE"]}"""),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<EscalationAttempt> All
    {
        get
        {
            foreach (var (name, source, target, call, body) in Keys)
                yield return new($"{name}: a key out of reach", source, EscalationAttempts.Manager, target, call, body);
            yield return new(
                "enable: a disabled key out of reach",
                Reenabled,
                EscalationAttempts.Manager,
                Greater,
                "POST /{id}/enable",
                null,
                IsDisabled: true
            );
            foreach (var (name, call, body) in Itself)
                yield return new(
                    $"{name}: itself",
                    "",
                    EscalationAttempts.Manager,
                    EscalationAttempt.Itself,
                    call,
                    body,
                    EscalationAttempt.OfItself
                );
            foreach (var (name, body) in Bodies)
                yield return Misstated(name, "", EscalationAttempts.Update, body);
            foreach (var name in Fields.Split(' '))
            foreach (var call in new[] { EscalationAttempts.Create, EscalationAttempts.Update, Rotate })
                yield return Misstated($"{call} with '{name}'", ForAnother, call, $$"""{"{{name}}":"api_admin"}""");
            yield return Misstated("enable with fields", "", "POST /{id}/enable", Greater);
            yield return new(
                "revoke every key",
                Removal,
                EscalationAttempts.Manager,
                Greater,
                "POST /revoke-all",
                Named,
                "400 SELF_MODIFICATION"
            );
        }
    }

    private static EscalationAttempt Misstated(string name, string source, string call, string body) =>
        new(
            name,
            source,
            EscalationAttempts.Manager,
            EscalationAttempts.Lesser,
            call,
            body,
            EscalationAttempt.NotAField
        );
}
