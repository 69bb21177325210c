using System.Text;

namespace Gateway.Tests;

/// <summary>What is spoiled: requests that are fine, and hostile ones, which are half of the way to worse ones. None
/// carries a key that may administer.</summary>
internal sealed class WireSeeds
{
    // Longer ones are about their length, which other tests see to; here they would only be slow.
    private const int LongestBytes = 3_000;

    private readonly byte[][] _requests;
    private readonly string _authority;
    private readonly string _key;

    /// <summary>Fills them in.</summary>
    /// <param name="keys">Secrets.</param>
    /// <param name="authority">The gateway's.</param>
    public WireSeeds(AttackKeys keys, string authority)
    {
        (_authority, _key) = (authority, keys.Secrets["LOWKEY"]);
        var placeholders = new Placeholders(keys.Secrets);
        _requests =
        [
            .. Own.Concat(FromCases())
                .Select(raw => raw.Replace("{KEY", "{LOWKEY", StringComparison.Ordinal))
                .Select(raw => Encoding.Latin1.GetBytes(placeholders.Fill(raw, authority)))
                .Where(bytes => bytes.Length is > 0 and <= LongestBytes),
        ];
    }

    private static IEnumerable<string> Own =>
        from target in (string[])
            ["/v1/read/x", "/v1/admin/x", "/v1/wallets/w1/a", "/v1/wallets/w2/a", "/public/x", "/x"]
        from credential in (string[])["Authorization: Bearer {LOWKEY}\r\n", "Authorization: Bearer {EXPKEY}\r\n", ""]
        from rest in (string[])
            [
                "\r\n",
                "Content-Length: 5\r\n\r\nhello",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "\r\nGET /v1/read/2 HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {LOWKEY}\r\n\r\n",
            ]
        select $"{(rest.Contains("hello") ? "POST" : "GET")} {target} HTTP/1.1\r\nHost: {{HOST}}\r\n{credential}{rest}";

    /// <summary>One over HTTP/1.1, spoiled.</summary>
    public byte[] Http1(Random random) =>
        ByteMutator.Mutate(_requests[random.Next(_requests.Length)], _requests[random.Next(_requests.Length)], random);

    /// <summary>One over HTTP/2, spoiled.</summary>
    public byte[] Http2(Random random)
    {
        string[] targets = ["/v1/read/x", "/v1/admin/x", "/v1/wallets/w1/a", "/v1/wallets/w2/a", "/public/x"];
        var body = random.Next(2) == 0 ? null : "hello"u8.ToArray();
        List<(string, string)> fields =
        [
            (":method", body is null ? "GET" : "POST"),
            (":scheme", "http"),
            (":authority", _authority),
            (":path", targets[random.Next(targets.Length)]),
            ("accept", "*/*"),
        ];
        if (random.Next(4) > 0)
            fields.Add(("authorization", $"Bearer {_key}"));
        return FrameMutator.Mutate(fields, body, random);
    }

    private static IEnumerable<string> FromCases() =>
        ((string[])["fine", "ours", "published"])
            .SelectMany(AttackCases.All)
            .Where(c => c.Raw is not null && c.Connect is null)
            .Select(c => c.Raw!);
}
