using System.Text;

namespace Gateway.Tests;

/// <summary>The wrong places people put a key.</summary>
internal sealed partial class SecretLife
{
    private async Task UseInTheWrongPlacesAsync(string key, string admin, string id)
    {
        var basic = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("user:" + key));
        await CallAsync(400, HttpMethod.Get, $"{Deployment.Tokens}?key={key}", key);
        await CallAsync(400, HttpMethod.Get, $"{Deployment.Tokens}?q=x%20{key}%20y", null);
        await CallAsync(400, HttpMethod.Get, $"{Deployment.Tokens}?access_token={key}", null);
        await CallAsync(400, HttpMethod.Get, Deployment.Tokens, key, null, ("Cookie", $"session={key}"));
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, null, null, ("X-API-Key", key));
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, null, null, ("Authorization", basic));
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, null, null, ("Authorization", key));
        await CallAsync(200, HttpMethod.Get, $"/v1/tokens/{key}", key);
        await CallAsync(404, HttpMethod.Get, $"/v1/nowhere/{key}", key);
        (string, string)[] elsewhere =
        [
            ("User-Agent", key),
            ("Referer", $"https://example.com/?k={key}"),
            ("X-Gateway-Request-Id", key),
            ("X-Forwarded-For", key),
            ("traceparent", key),
        ];
        await CallAsync(200, HttpMethod.Get, Deployment.Tokens, key, null, elsewhere);

        foreach (var host in new[] { _edge, _desk })
        {
            var keys = "/v1/api-keys";
            await host.CallAsync(HttpMethod.Get, $"{keys}?api_key={key}", null, admin);
            await host.CallAsync(HttpMethod.Get, $"{keys}?status={key}", null, admin);
            await host.CallAsync(HttpMethod.Get, keys, null, admin, ("Cookie", $"k={key}"));
            await host.CallAsync(HttpMethod.Get, $"{keys}/{key}", null, admin);
            await host.CallAsync(HttpMethod.Delete, $"{keys}/{id}", new { confirmation = key }, admin);
            await host.CallAsync(HttpMethod.Patch, $"{keys}/{id}", new { name = "x" }, admin, ("If-Match", key));
            await host.CallAsync(HttpMethod.Post, $"{keys}/{key}/rotate", null, admin, ("Idempotency-Key", "r"));
            await host.CallAsync(
                HttpMethod.Post,
                keys,
                new
                {
                    name = "a",
                    role = key,
                    environment = key,
                },
                admin
            );
            await host.CallAsync(HttpMethod.Post, keys, new { name = "a", permissions = new[] { key } }, admin);
            await host.CallAsync(HttpMethod.Post, keys, $$"""{"name":"{{key}}",""", admin);
            await host.CallAsync(HttpMethod.Post, keys, new { name = "a" }, key, ("Idempotency-Key", key));
            var made = await host.CallAsync(HttpMethod.Post, keys, new { name = "b" }, admin, ("Idempotency-Key", key));
            if ((string?)made.Succeeded(201).Key["key"] is not null)
                Remember(made);
        }
    }

    // What no client library sends: the server refuses it before any code of ours.
    private async Task UseOnTheWireAsync(string key)
    {
        string[] requests =
        [
            $"GET {Deployment.Tokens} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nAuthorization: Bearer {key}\r\n\r\n",
            $"GET http://{key}@example.com/v1/tokens/{key} HTTP/1.1\r\nHost: x\r\n\r\n",
            $"GET /{key}\u0001 HTTP/1.1\r\nHost: x\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\u0000\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer {key}\r\n\r\n",
            $"{key} / HTTP/1.1\r\nHost: x\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: {key}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: {key}\r\n\r\n",
            $"GET / {key}\r\nHost: x\r\n\r\n",
        ];
        foreach (var url in new[] { _sdp.Gateway.Url, _sdp.Admin.Url })
        foreach (var request in requests)
            Transcript.Add(await RawHttp.SendAsync(url, request));
    }
}
