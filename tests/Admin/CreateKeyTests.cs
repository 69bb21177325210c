namespace Gateway.Tests;

/// <summary>Keys are made as asked, and the secret is shown once.</summary>
public sealed class CreateKeyTests : IAsyncLifetime
{
    private TestAdmin _admin = null!;
    private string _keys = "";

    public async ValueTask InitializeAsync()
    {
        _admin = await TestAdmin.StartAsync();
        _keys = $"/v1/accounts/{(await _admin.AddAccountAsync()).Id}/api-keys";
    }

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task Key_IsMade_WithWhatWasAsked()
    {
        var answer = await _admin.PostAsync(
            _keys,
            new
            {
                name = "CI deploy key",
                role = "api_developer",
                environment = "sandbox",
                walletScope = "all",
                expiresAt = "2036-12-31T23:59:59Z",
            }
        );
        answer.Succeeded(201);
        Assert.StartsWith("sk_test_", (string)answer.Key["key"]!, StringComparison.Ordinal);
        Assert.Equal("2036-12-31T23:59:59Z", (string)answer.Key["expiresAt"]!);
        Assert.Equal("active", (string)answer.Key["status"]!);
        Assert.True((bool)answer.Data["propagation"]!["complete"]!);
    }

    [Fact]
    public async Task EveryProblem_IsListedAtOnce()
    {
        var answer = await _admin.PostAsync(
            _keys,
            """{"nmae":"x","allowedIps":["010.0.0.1"],"role":7,"rateLimit":{"requests":0},"role":"a"}"""
        );
        answer
            .Refused(400, "VALIDATION_FAILED")
            .WithErrors(
                "name REQUIRED",
                "nmae UNKNOWN_FIELD",
                "allowedIps[0] INVALID_ADDRESS",
                "role WRONG_TYPE",
                "role DUPLICATE_FIELD",
                "rateLimit.requests OUT_OF_RANGE",
                "rateLimit.windowSeconds REQUIRED"
            );
    }
}
