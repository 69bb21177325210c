using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary><c>make run</c>: one command, three processes, a key that works, and nothing left behind.</summary>
[Collection(nameof(DemoCollection))]
public sealed partial class RunTests
{
    // The contract is 5 s; what is above is the scheduler of a loaded machine.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Run_PrintsAKeyThatWorks_AndAfterADeathAndARestart_AnotherForTheSameAccount()
    {
        var data = Directory.CreateTempSubdirectory("gateway-run-").FullName;
        try
        {
            var (account, key) = await RunUntilAChildDiesAsync(data);
            await using var again = await RunningDemo.StartAsync(data);
            Assert.Equal(account, again.AccountId);
            Assert.NotEqual(key, again.Key);
            await AssertPrintedCallsWorkAsync(again);
            await AssertPrintedLinkSignsInAsync(again);
            Assert.Contains("REVOKED_API_KEY", await AssertAnswerAsync(again, key, HttpStatusCode.Unauthorized));

            await again.SignalAsync("TERM");
            var (exitCode, _, took) = await again.EndAsync();

            Assert.Equal(0, exitCode);
            Assert.InRange(took, TimeSpan.Zero, StopTimeout);
            Assert.Empty(again.Processes());
            Assert.False(File.Exists(Path.Combine(data, "run.env")));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<(string AccountId, string Key)> RunUntilAChildDiesAsync(string data)
    {
        await using var demo = await RunningDemo.StartAsync(data);
        await AssertAnswerAsync(demo, demo.Key, HttpStatusCode.OK);
        // Nothing secret is in a command line.
        Assert.DoesNotContain(demo.Processes(), p => p.CommandLine.Contains(demo.Key, StringComparison.Ordinal));

        await demo.SignalAsync("KILL", "admin-api");
        var (exitCode, errors, _) = await demo.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("admin-api ended", errors, StringComparison.Ordinal);
        Assert.Empty(demo.Processes());
        return (demo.AccountId, demo.Key);
    }

    private static async Task AssertPrintedLinkSignsInAsync(RunningDemo demo)
    {
        var link = new Uri(PrintedLink().Match(demo.Summary).Value);
        using var browser = new ConsoleBrowser(link.GetLeftPart(UriPartial.Authority));
        var page = await browser.GetAsync(link.PathAndQuery);
        var code = link.Fragment["#code=".Length..];
        var signedIn = await browser.SubmitAsync(page.Form("/console/sign-in/code"), ("code", code));
        (await browser.FollowAsync(signedIn)).Says(200, "API keys", "first-key");
    }

    // What is printed is copied as it is: the read, then the call that makes another key.
    private static async Task AssertPrintedCallsWorkAsync(RunningDemo demo)
    {
        using var client = new HttpClient();
        var read = PrintedRead().Match(demo.Summary);
        var write = PrintedWrite().Match(demo.Summary);
        var (url, key) = (read.Groups["url"].Value, read.Groups["key"].Value);
        Assert.Equal(200, (await client.CallAsync(HttpMethod.Get, url, null, key)).Status);
        var made = await client.CallAsync(
            HttpMethod.Post,
            write.Groups["url"].Value,
            write.Groups["body"].Value,
            write.Groups["key"].Value
        );
        var another = (string)made.Succeeded(201).Key["key"]!;
        Assert.Equal(200, (await client.CallAsync(HttpMethod.Get, url, null, another)).Status);
    }

    private static async Task<string> AssertAnswerAsync(RunningDemo demo, string key, HttpStatusCode expected)
    {
        using var response = await demo.GetAsync(key);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode}: {body}");
        return body;
    }

    [GeneratedRegex(@"http://localhost:\d+/console/sign-in\S+")]
    private static partial Regex PrintedLink();

    [GeneratedRegex("""curl -H "Authorization: Bearer (?<key>\S+)" (?<url>http://\S+)""")]
    private static partial Regex PrintedRead();

    [GeneratedRegex(
        """curl -X POST (?<url>http://\S+) -H "Authorization: Bearer (?<key>\S+)" \\\s+-H "Content-Type: application/json" \\\s+-d '(?<body>[^']+)'"""
    )]
    private static partial Regex PrintedWrite();
}
