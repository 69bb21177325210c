using System.Net;
using System.Security.Cryptography;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Peppers rotate without reissuing a key, and a pepper that is missing is nobody's refusal.</summary>
public sealed class PepperTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly PepperOptions Old = NewPepper("2025");
    private static readonly PepperOptions New = NewPepper("2026");

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await TestStore.SqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task KeysUnderTheNewestPepper_AnOlderOne_OrNone_AllWork()
    {
        await using var gateway = await StartAsync(false, New, Old);

        foreach (var peppers in new PepperOptions[][] { [New, Old], [Old], [] })
            Assert.Equal(Ok, await gateway.TryAsync(Path, await IssueAsync(peppers)));
    }

    [Fact]
    public async Task RequirePepper_RefusesKeysThatHaveNone()
    {
        await using var gateway = await StartAsync(true, New, Old);

        Assert.Equal(Ok, await gateway.TryAsync(Path, await IssueAsync(Old)));
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "INVALID_API_KEY"),
            await gateway.TryAsync(Path, await IssueAsync())
        );
    }

    [Fact]
    public async Task KeyUnderAPepperThatIsNotHere_CannotBeDecided()
    {
        var secret = await IssueAsync(Old);
        await using var without = await StartAsync(false);
        await using var other = await StartAsync(true, New);

        foreach (var gateway in new[] { without, other })
        {
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, "VERIFICATION_UNAVAILABLE"),
                await gateway.TryAsync(Path, secret)
            );
            Assert.Contains("a pepper this process does not have", gateway.Log.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(Old.Secret, gateway.Log.Text, StringComparison.Ordinal);
            // An unknown key of another beginning is still just unknown.
            var unknown = TestKeys.Format.Generate(TestKeys.Format.Environments[1]);
            Assert.Equal("INVALID_API_KEY", (await gateway.TryAsync(Path, unknown)).Code);
        }
        Assert.Empty(_upstream.Requests);
    }

    private async Task<string> IssueAsync(params PepperOptions[] peppers) =>
        (await _store.IssueKeyAsync(options: new KeyOptions { Peppers = [.. peppers] })).Secret;

    private Task<TestGateway> StartAsync(bool require, params PepperOptions[] peppers)
    {
        var settings = new Dictionary<string, string?> { ["Keys:RequirePepper"] = require ? "true" : "false" };
        for (var i = 0; i < peppers.Length; i++)
            (settings[$"Keys:Peppers:{i}:Id"], settings[$"Keys:Peppers:{i}:Secret"]) = (
                peppers[i].Id,
                peppers[i].Secret
            );
        return TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), settings);
    }

    private static PepperOptions NewPepper(string id) =>
        new() { Id = id, Secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) };
}
