using Gateway.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

/// <summary>The routes file as it changes on disk: a good version replaces the last one, a bad one never does.</summary>
public sealed class RoutesFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("routes").FullName;
    private readonly ServiceProvider _services = RoutesText.Services();

    private string Path => System.IO.Path.Combine(_folder, "routes.json");

    public void Dispose()
    {
        _services.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void BadFileAtStart_IsRefused_WithEveryProblem()
    {
        Write(RoutesText.Of("a * /a Access=all", "b * /b Acess=key"));

        var e = Assert.Throws<SettingsException>(Create().Load);

        Assert.Equal(3, e.Problems.Count);
        Assert.All(
            e.Problems,
            p => Assert.StartsWith($"Gateway:RoutesFile {Path}: Routes:", p, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void MissingFileAtStart_IsRefused() =>
        Assert.Contains("cannot be read", Assert.Single(Assert.Throws<SettingsException>(Create().Load).Problems));

    [Fact]
    public async Task GoodVersion_ReplacesTheLast_AndYarpIsTold()
    {
        var file = Start("a * /a Access=key");
        var before = file.GetConfig();

        await Change(file, RoutesText.Of("a * /a Access=key", "b * /b Access=key"));

        Assert.True(before.ChangeToken.HasChanged);
        Assert.Equal(2, file.GetConfig().Routes.Count);
        Assert.Equal((1, 0, null), (file.Reloads, file.ReloadFailures, file.LastError));
    }

    [Theory]
    [InlineData("""{"ReverseProxy": {""")]
    [InlineData("""{"ReverseProxy": {"Routes": {"a": {"ClusterId": "c", "Match": {"Path": "/a"}}}}}""")]
    [InlineData(null)]
    public async Task BadVersion_LeavesTheLastGoodOne_AndSaysWhyOnce(string? text)
    {
        var file = Start("a * /a Access=key");
        var before = file.GetConfig();

        await Change(file, text);
        await file.LookAsync();

        Assert.Same(before, file.GetConfig());
        Assert.False(before.ChangeToken.HasChanged);
        Assert.Equal((0, 1), (file.Reloads, file.ReloadFailures));
        Assert.NotNull(file.LastError);

        await Change(file, RoutesText.Of("b * /b Access=key"));

        Assert.Equal("b", Assert.Single(file.GetConfig().Routes).RouteId);
        Assert.Equal((1, 1, null), (file.Reloads, file.ReloadFailures, file.LastError));
    }

    [Fact]
    public async Task FileThatIsStillBeingWritten_IsNotRead()
    {
        var file = Start("a * /a Access=key");

        Write("""{"ReverseProxy": {"Rou""");
        await file.LookAsync();
        Write(RoutesText.Of("b * /b Access=key"));
        await file.LookAsync();
        await file.LookAsync();

        Assert.Equal((1, 0), (file.Reloads, file.ReloadFailures));
    }

    [Fact]
    public async Task SwappedLink_IsSeen_AsKubernetesDoesIt()
    {
        // routes.json -> data/routes.json, data -> v1; then data -> v2. Neither link named in the settings changes.
        foreach (var (version, route) in new[] { ("v1", "a * /a Access=key"), ("v2", "b * /b Access=key") })
        {
            Directory.CreateDirectory(System.IO.Path.Combine(_folder, version));
            File.WriteAllText(System.IO.Path.Combine(_folder, version, "routes.json"), RoutesText.Of(route));
        }
        var data = System.IO.Path.Combine(_folder, "data");
        Directory.CreateSymbolicLink(data, "v1");
        File.CreateSymbolicLink(Path, System.IO.Path.Combine("data", "routes.json"));
        var file = Create();
        file.Load();

        Directory.CreateSymbolicLink(data + ".new", "v2");
        Directory.Delete(data);
        Directory.Move(data + ".new", data);
        await file.LookAsync();
        await file.LookAsync();

        Assert.Equal("b", Assert.Single(file.GetConfig().Routes).RouteId);
    }

    [Fact]
    public async Task LongerStaleness_CountsAtOnce()
    {
        var file = Start("a * /a Access=key MaxStaleness=2s");
        Assert.Equal(TimeSpan.FromSeconds(2), file.MaxStalenessInForce);

        await Change(file, RoutesText.Of("a * /a Access=key MaxStaleness=1h"));

        Assert.Equal((1, 0), (file.Reloads, file.ReloadFailures));
        Assert.Equal(TimeSpan.FromHours(1), file.MaxStalenessInForce);
    }

    [Fact]
    public async Task ShorterStaleness_CountsOnceItIsServed()
    {
        var file = Start("a * /a Access=key MaxStaleness=1h");

        await Change(file, RoutesText.Of("a * /a Access=key MaxStaleness=2s", "public * /p Access=anonymous"));
        Assert.Equal(TimeSpan.FromHours(1), file.MaxStalenessInForce);

        ((Yarp.ReverseProxy.Configuration.IConfigChangeListener)file).ConfigurationApplied([file.GetConfig()]);
        Assert.Equal(TimeSpan.FromSeconds(2), file.MaxStalenessInForce);
    }

    [Fact]
    public async Task FileIsWatched()
    {
        var file = Start("a * /a Access=key");
        await file.StartAsync(default);
        Write(RoutesText.Of("b * /b Access=key"));

        for (var tries = 0; file.Reloads == 0 && tries < 100; tries++)
            await Task.Delay(100);
        await file.StopAsync(default);

        Assert.Equal("b", Assert.Single(file.GetConfig().Routes).RouteId);
    }

    private RoutesFile Start(string route)
    {
        Write(RoutesText.Of(route));
        var file = Create();
        file.Load();
        return file;
    }

    private RoutesFile Create() =>
        new(Path, _services.GetRequiredService<RoutesChecker>(), TimeProvider.System, NullLogger<RoutesFile>.Instance);

    private void Write(string text) => File.WriteAllText(Path, text);

    private async Task Change(RoutesFile file, string? text)
    {
        if (text is null)
            File.Delete(Path);
        else
            Write(text);
        await file.LookAsync();
        await file.LookAsync();
    }
}
