using System.CommandLine;
using System.IO.Compression;
using System.Text;

namespace Gateway.Tests;

/// <summary><c>gateway replay</c> tells which requests of an access log would be refused, and why.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private static readonly string Key = TestKeys.Format.Generate(TestKeys.Format.Environments[0]);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-replay-");

    public ReplayCommandTests() =>
        Routes("read GET /v1/tokens/{**rest} Permissions=tokens:read", "public * /public/{**rest} Access=anonymous");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task RequestsThatReachARoute_AreCounted_AndNoneIsRefused()
    {
        var (code, output) = await ReplayAsync(
            Line("GET /v1/tokens/1?limit=10 HTTP/1.1"),
            Line("POST /public/a HTTP/2.0"),
            Line("GET /V1/Tokens HTTP/1.0"),
            Line("-", 408)
        );

        Assert.Equal(0, code);
        Assert.Contains("3 requests in 4 lines", output, StringComparison.Ordinal);
        Assert.Contains(" 1  reach a route that needs no key", output, StringComparison.Ordinal);
        Assert.Contains(" 2  reach a route that needs a key", output, StringComparison.Ordinal);
        Assert.Contains(" 1  lines of connections without a request", output, StringComparison.Ordinal);
        Assert.Contains("What an access log does not say is not judged", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /v1/tokens//x HTTP/1.1", "400 BAD_REQUEST: the path has an empty segment")]
    [InlineData("GET /v1/tokens/%2e%2e/x HTTP/1.1", "400 BAD_REQUEST: the path has an escape that is never allowed")]
    [InlineData("GET /v1/tokens/a%3Bb HTTP/1.1", "400 BAD_REQUEST: the path has an escape")]
    [InlineData("GET http://a/v1/tokens HTTP/1.1", "400 BAD_REQUEST: the target is not in origin form")]
    [InlineData("GET /v1/tokens?api_key=1 HTTP/1.1", "400 BAD_REQUEST: the query names a credential")]
    [InlineData("\\x16\\x03\\x01\\x02", "400 BAD_REQUEST: there is no request line")]
    [InlineData("GET /v1/tokens/\\xC3\\xA4 HTTP/1.1", "400 BAD_REQUEST: the path has a character that must be escaped")]
    [InlineData("GET /v1/tokens/\\\" HTTP/1.1", "400 BAD_REQUEST: the path has a character that must be escaped")]
    [InlineData("GET / HTTP/1.1", "404 NO_ROUTE: no route takes the path")]
    [InlineData("DELETE /v1/tokens/1 HTTP/1.1", "405 METHOD_NOT_ALLOWED: the path has a route, the method has none")]
    [InlineData("TRACE /public/ HTTP/1.1", "405 METHOD_NOT_ALLOWED: the method is not served")]
    public async Task RequestThatWouldBeRefused_IsNamedWithItsReason(string request, string reason)
    {
        var (code, output) = await ReplayAsync(Line(request));

        Assert.Equal(2, code);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.Contains(": 1, answered then: 1\n    line 1: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingSecret_IsPrinted()
    {
        var (_, output) = await ReplayAsync(
            Line($"GET /v1/tokens/x?access_token={Key}&session=verysecret&bare-secret HTTP/1.1"),
            Line($"GET /elsewhere/{Key}/x HTTP/1.1"),
            Line($"GET /elsewhere/{Key.Replace("_", "%5F", StringComparison.Ordinal)} HTTP/1.1"),
            Line($"GET /elsewhere?{Key}=1 HTTP/1.1"),
            Line("GET http://user:verysecret@a/ HTTP/1.1"),
            Line("verysecret /elsewhere HTTP/1.1"),
            Line("GET /elsewhere/\\x1b[31m HTTP/1.1")
        );

        Assert.DoesNotContain(Key, output, StringComparison.Ordinal);
        Assert.DoesNotContain(Key[10..], output, StringComparison.Ordinal);
        Assert.DoesNotContain("verysecret", output, StringComparison.Ordinal);
        Assert.DoesNotContain("bare-secret", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
        Assert.Contains("GET /v1/tokens/x?access_token=…&session=…&…", output, StringComparison.Ordinal);
        Assert.Contains("GET /elsewhere/[a key]/x", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RouteThatAsksForWhatALogDoesNotHave_CannotBeTold()
    {
        Routes(
            """beta GET /beta Access=key |{"Headers": [{"Name": "X-Beta", "Mode": "Exists"}]}""",
            """hosted GET /hosted Access=key |{"Hosts": ["api.example.com"]}"""
        );
        var (code, output) = await ReplayAsync(
            Line("GET /beta HTTP/1.1"),
            Line("GET /hosted HTTP/1.1"),
            """{"request": "GET /hosted HTTP/1.1", "host": "api.example.com", "status": 200}""",
            """{"request": "GET /hosted HTTP/1.1", "host": "www.example.com", "status": 200}"""
        );

        Assert.Equal(2, code);
        Assert.Contains(" 2  cannot be told", output, StringComparison.Ordinal);
        Assert.Contains(" 1  reach a route that needs a key", output, StringComparison.Ordinal);
        Assert.Contains("NO_ROUTE: no route takes the path: 1", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"request":"GET /v1/tokens//x HTTP/1.1","status":200}""")]
    [InlineData(
        """{"request_method":"GET","request_uri":"/v1/tokens//x","server_protocol":"HTTP/1.1","status":"200"}"""
    )]
    [InlineData(
        """{"level":"info","request":{"method":"GET","uri":"/v1/tokens//x","proto":"HTTP/2.0"},"status":200}"""
    )]
    [InlineData(
        """{"method":"GET","path":"/v1/tokens//x","protocol":"HTTP/1.1","response_code":200,"authority":"a"}"""
    )]
    [InlineData("""{"RequestMethod":"GET","RequestPath":"/v1/tokens//x","DownstreamStatus":200}""")]
    [InlineData("""{"httpRequest":{"requestMethod":"GET","requestUrl":"https://a/v1/tokens//x","status":200}}""")]
    public async Task JsonLines_AreRead_UnderTheNamesServersUse(string line)
    {
        var (code, output) = await ReplayAsync(line);

        Assert.Equal(2, code);
        Assert.Contains("line 1: GET /v1/tokens//x (200 then)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompressedLog_IsRead_AndOnlyWhatWasAnswered_WhenAskedFor()
    {
        var path = Path.Combine(_folder.FullName, "log.gz");
        await using (var file = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            await file.WriteAsync(
                Encoding.Latin1.GetBytes($"{Line("GET /a HTTP/1.1", 404)}\n{Line("GET /b HTTP/1.1")}\r\n")
            );
        }

        var (code, output) = await RunAsync(path, "--answered", "--examples", "1");

        Assert.Equal(2, code);
        Assert.Contains("1 requests in 2 lines", output, StringComparison.Ordinal);
        Assert.Contains("line 2: GET /b (200 then)", output, StringComparison.Ordinal);
    }

    // A process of its own: the switch that makes it so is the runtime's.
    [Fact]
    public async Task CompressedLogThatIsCutOff_IsAnError_AndNoShorterLog()
    {
        var path = Path.Combine(_folder.FullName, "log.gz");
        using var whole = new MemoryStream();
        await using (var gzip = new GZipStream(whole, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Encoding.Latin1.GetBytes(Line("GET /public/a HTTP/1.1")));
        await File.WriteAllBytesAsync(path, whole.ToArray()[..40]);
        var program = Path.Combine(AppContext.BaseDirectory, "gateway.dll");

        await using var gateway = RunningProcess.Run(
            "dotnet",
            [program, "replay", path, "--config", RoutesPath],
            new Dictionary<string, string?>()
        );

        Assert.Equal(1, await gateway.ExitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("truncated", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LinesThatAreEndless_AreSkipped_WithoutBeingKept()
    {
        var (code, output) = await ReplayAsync(new string('x', 1_000_000), Line("GET /public/a HTTP/1.1"), "no log");

        Assert.Equal(0, code);
        Assert.Contains("1 requests in 3 lines", output, StringComparison.Ordinal);
        Assert.Contains(" 2  lines that are no access log", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNoLog_ExitsWith1()
    {
        Assert.Equal(1, (await ReplayAsync("hello", "world")).Code);
        Assert.Equal(1, (await RunAsync(Path.Combine(_folder.FullName, "none"))).Code);
        await File.WriteAllTextAsync(RoutesPath, "{}");
        Assert.Equal(1, (await ReplayAsync(Line("GET / HTTP/1.1"))).Code);
    }

    private string RoutesPath => Path.Combine(_folder.FullName, "routes.json");

    private void Routes(params string[] lines) => File.WriteAllText(RoutesPath, RoutesText.Of(lines));

    private static string Line(string request, int status = 200) =>
        $"192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] \"{request}\" {status} 17 \"-\" \"agent\"";

    private async Task<(int Code, string Output)> ReplayAsync(params string[] lines)
    {
        var path = Path.Combine(_folder.FullName, "access.log");
        await File.WriteAllTextAsync(path, string.Join('\n', lines));
        return await RunAsync(path);
    }

    private async Task<(int Code, string Output)> RunAsync(string log, params string[] more)
    {
        var (output, error) = (new StringWriter(new StringBuilder()), new StringWriter(new StringBuilder()));
        var code = await new RootCommand { ReplayCommand.Create() }
            .Parse(["replay", log, "--config", RoutesPath, .. more])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString());
    }
}
