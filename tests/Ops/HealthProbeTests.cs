using Gateway.Keys;

namespace Gateway.Tests;

/// <summary><c>healthcheck</c>, the one command a container without a shell is asked by.</summary>
public sealed class HealthProbeTests
{
    [Theory]
    [InlineData("http://0.0.0.0:8081", "http://127.0.0.1:8081/")]
    [InlineData("http://*:8081", "http://127.0.0.1:8081/")]
    [InlineData("http://+:8081", "http://127.0.0.1:8081/")]
    [InlineData("http://[::]:8081", "http://[::1]:8081/")]
    [InlineData("https://localhost:8443", "https://localhost:8443/")]
    public void EveryAddress_IsAskedOnLoopback(string listenUrl, string expected) =>
        Assert.Equal(expected, HealthProbe.Reachable(listenUrl).ToString());

    [Fact]
    public async Task ARunningProcess_IsHealthy_AndAnEndedOneIsNot()
    {
        var admin = await TestAdmin.StartAsync();
        var url = admin.Url;
        using var errors = new StringWriter();
        await using (admin)
            Assert.Equal(0, await HealthProbe.RunAsync(url, errors));

        Assert.Equal(1, await HealthProbe.RunAsync(url, errors));
        Assert.StartsWith("/healthz: ", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASettingThatIsNoAddress_IsNotHealthy() =>
        Assert.Equal(1, await HealthProbe.RunAsync("unix:/run/x.sock", TextWriter.Null));
}
