using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Bodies are strict: what could be read in two ways, or not at all, is refused and changes nothing.</summary>
public sealed class BodyTests(SqliteAdmin shared) : IClassFixture<SqliteAdmin>
{
    private readonly TestAdmin _admin = shared.Admin;

    private async Task<string> KeysAsync() => $"/v1/accounts/{(await _admin.AddAccountAsync()).Id}/api-keys";

    [Theory]
    [InlineData("""{"name":"x",}""")]
    [InlineData("""{"name":"x"} {}""")]
    [InlineData("""{"name":"x" """)]
    [InlineData("""// {}""")]
    [InlineData("""[]""")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    [InlineData(" ")]
    [InlineData("""{"name":"\ud800"}""")]
    [InlineData("""{"\ud800":"x"}""")]
    [InlineData("""{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}""")]
    public async Task WhatIsNotAJsonObject_IsMalformed(string body) =>
        (await _admin.PostAsync(await KeysAsync(), body)).Refused(400, "MALFORMED_JSON");

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData(null)]
    public async Task OtherMediaTypes_AreNotTaken(string? type) =>
        (await PostRawAsync("""{"name":"x","environment":"sandbox"}"""u8.ToArray(), type)).Refused(
            415,
            "UNSUPPORTED_MEDIA_TYPE"
        );

    [Theory]
    [InlineData("application/json; charset=utf-8", 201)]
    [InlineData("application/merge-patch+json", 201)]
    public async Task JsonByAnyName_IsTaken(string type, int status) =>
        Assert.Equal(status, (await PostRawAsync("""{"name":"x","environment":"sandbox"}"""u8.ToArray(), type)).Status);

    [Fact]
    public async Task BytesThatAreNotUtf8_AreRefused() =>
        (await PostRawAsync([.. "{\"name\":\""u8, 0xff, .. "\"}"u8], "application/json")).Refused(
            400,
            "MALFORMED_JSON"
        );

    [Fact]
    public async Task Duplicates_AreRefused_WhereverTheyAre()
    {
        const string Body = """
            {"name":"x","name":"y","environment":"sandbox","rateLimit":{"requests":1,"requests":2,"windowSeconds":1}}
            """;
        (await _admin.PostAsync(await KeysAsync(), Body))
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors("name DUPLICATE_FIELD", "rateLimit.requests DUPLICATE_FIELD");
    }

    [Fact]
    public async Task BodyOverTheLimit_IsRefused_KnownLengthOrNot()
    {
        var keys = await KeysAsync();
        var body = $$"""{"name":"x","environment":"sandbox","description":"{{new string('d', 64 * 1024)}}"}""";
        (await _admin.PostAsync(keys, body)).Refused(413, "PAYLOAD_TOO_LARGE");
        using var request = new HttpRequestMessage(HttpMethod.Post, keys);
        request.Headers.TransferEncodingChunked = true;
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + TestAdmin.OperatorToken);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _admin.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        var list = await _admin.GetAsync(keys);
        Assert.Empty(list.Data["apiKeys"]!.AsArray());
    }

    [Fact]
    public async Task ConnectionCutInMidBody_ChangesNothing()
    {
        var keys = await KeysAsync();
        using (var client = new System.Net.Sockets.TcpClient())
        {
            var root = new Uri(_admin.Url);
            await client.ConnectAsync(root.Host, root.Port);
            var head =
                $"POST {keys} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestAdmin.OperatorToken}\r\n"
                + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"name\":\"x\",";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        }
        (await _admin.PostAsync(keys, new { name = "after", environment = "sandbox" })).Succeeded(201);
        var names = (await _admin.GetAsync(keys)).Data["apiKeys"]!.AsArray().Select(k => (string)k!["name"]!);
        Assert.Equal(["after"], names);
        Assert.DoesNotContain("Error", _admin.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoAuthorizationLines_AreAmbiguous()
    {
        var line = $"Authorization: Bearer {TestAdmin.OperatorToken}\r\n";
        var answer = await RawHttp.SendAsync(_admin.Url, $"GET /v1/api-keys HTTP/1.1\r\nHost: x\r\n{line}{line}\r\n");
        Assert.Equal(400, answer.Status);
        Assert.Equal("BAD_REQUEST", (string?)JsonNode.Parse(answer.Responses[0].Body)!["error"]!["code"]);
    }

    private async Task<ApiAnswer> PostRawAsync(byte[] body, string? type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, await KeysAsync());
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + TestAdmin.OperatorToken);
        request.Content = new ByteArrayContent(body);
        if (type is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await _admin.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new ApiAnswer(
            (int)response.StatusCode,
            JsonNode.Parse(text)!,
            text,
            response.Headers,
            response.Content.Headers.ContentType?.MediaType
        );
    }
}
