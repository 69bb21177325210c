using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Values of JSON, as they are written, that a field's schema may or may not allow.</summary>
internal static class ApiValues
{
    private const int HugeLength = 20_000;
    private const int DeepLevels = 60;

    private static readonly string[] Always =
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e999",
        "-0",
        "2147483648",
        "99999999999999999999999",
        "\"\"",
        "\" \"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[{}]",
        "[1,\"a\",null]",
        "{\"a\":{\"b\":1}}",
        "[\"a\",\"a\"]",
        // Half a surrogate pair, composed and decomposed, right to left, of no width, of no character at all.
        "\"\\ud800\"",
        "\"\\udc00a\"",
        "\"\\u00e9\"",
        "\"e\\u0301\"",
        "\"\\u202eabc\"",
        "\"a\\u200bb\"",
        "\"\\ufeffa\"",
        "\"\\u0000\"",
        "\"a\\u0007\"",
        "\"\\uffff\"",
        "\"\\ud83d\\ude00\"",
        "\"\\u2028\"",
        "\"'; drop table api_keys; --\"",
        "\"<script>alert(1)</script>\"",
        "\"=cmd|' /C calc'!A0\"",
        "\"../../etc/passwd\"",
        "\"{0}%s%n\"",
        "\"*\"",
        "\"!*\"",
        "\"api_admin\"",
        "\"sandbox\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59.9999999-23:59\"",
        "\"2030-02-30T00:00:00Z\"",
        "\"::ffff:1.2.3.4\"",
        "[\"0.0.0.0/0\"]",
        "[\"010.0.0.1\"]",
        "[\"*\"]",
        "[\"\\ud800\"]",
        "[{\"walletId\":null}]",
        "[{\"walletId\":\"w\",\"permissions\":[\"\\u0000\"]}]",
        "{\"requests\":0,\"windowSeconds\":-1}",
        "{\"requests\":1e40,\"windowSeconds\":\"a\"}",
    ];

    /// <summary>What is tried for a field of this schema.</summary>
    public static IEnumerable<string> For(JsonNode schema)
    {
        foreach (var value in Always)
            yield return value;
        yield return $"\"{new string('a', HugeLength)}\"";
        yield return $"[{string.Join(',', Enumerable.Repeat("\"a\"", HugeLength / 8))}]";
        yield return new string('[', DeepLevels) + new string(']', DeepLevels);
        foreach (var bound in (string[])["minLength", "maxLength"])
        foreach (var off in (int[])[-1, 0, 1])
        {
            if (schema[bound] is { } length && (int)length + off >= 0)
                yield return $"\"{new string('b', (int)length + off)}\"";
        }
        foreach (var bound in (string[])["minimum", "maximum"])
        foreach (var off in (int[])[-1, 0, 1])
        {
            if (schema[bound] is { } number)
                yield return ((double)number + off).ToString("R", CultureInfo.InvariantCulture);
        }
        if (schema["maxItems"] is { } items)
            yield return $"[{string.Join(',', Enumerable.Range(0, (int)items + 1).Select(i => $"\"10.0.0.{i}\""))}]";
    }

    /// <summary>Texts for a place in the path or the query.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "",
        "x",
        "-1",
        "0",
        "1e9",
        "99999999999999999999",
        "%00",
        "%ff",
        "%ED%A0%80",
        "%E2%80%AE",
        "'%20or%201=1--",
        "%3Cscript%3E",
        "%25",
        "..",
        "%2e%2e",
        "a%2Fb",
        "key_",
        "acc_none",
        "null",
        "true",
        "2030-13-01T00:00:00Z",
        "*",
        new string('a', 2_000),
    ];
}
