namespace Gateway.Tests;

/// <summary>Text that does something where it is taken for more than text.</summary>
internal static class Probes
{
    /// <summary>All of them; each is as short as any field takes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        // SQL
        "'; drop table api_keys; --",
        "' or '1'='1",
        "x' union select token_hash from operators --",
        "1); select pg_sleep(9); --",
        "\\'; delete from audit_entries; --",
        "$$; drop table accounts; $$",
        "@Name @hashes :id ? $1",
        "%_%",
        // HTML
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus=alert(1) x='",
        "</textarea></title><svg/onload=alert(1)>",
        "javascript:alert(1)//",
        "&lt;script&gt;&#60;b&#62;",
        // Templates, logs, spreadsheets, shells
        "{{7*7}}${7*7}@(7*7)#{7*7}",
        "{Name} {0} {1:x} %s %n",
        "${jndi:ldap://127.0.0.1/x}",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "$(touch /tmp/x)`id`",
        "../../../../etc/passwd",
        "%00%0d%0aX-Injected: 1",
        // Unicode
        "Ａdmin ⅷ ﬁ İ ß",
        "e\u0301\u0323 👩‍👩‍👧 𝕏",
        "__proto__",
    ];

    /// <summary>Those that are about SQL: what differs from database to database.</summary>
    public static IReadOnlyList<string> Sql { get; } = [.. All.Take(8)];

    /// <summary>What must not be found as it is in a page.</summary>
    public static IEnumerable<string> Markup => All.Where(p => p.Contains('<', StringComparison.Ordinal));
}
