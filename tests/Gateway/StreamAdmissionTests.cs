using Gateway.Keys;
using Gateway.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests;

/// <summary>A stream's second look past the lease, at a gateway whose follower does not run: the test renews.</summary>
public sealed class StreamAdmissionTests : IAsyncLifetime
{
    private readonly string _routes = Path.GetTempFileName();
    private TestStore _store = null!;
    private WebApplication _app = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.SqliteAsync();
        await File.WriteAllTextAsync(_routes, TestRoutes.For("http://127.0.0.1:1"));
        var settings = new Dictionary<string, string?>
        {
            ["Gateway:RoutesFile"] = _routes,
            ["Store:Provider"] = _store.Options.Provider,
            ["Store:ConnectionString"] = _store.Options.ConnectionString,
        };
        _app = GatewayApp.Build(
            [],
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(settings);
                builder.Logging.ClearProviders();
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _store.DisposeAsync();
        File.Delete(_routes);
    }

    [Fact]
    public async Task RenewalThatComesAsTheWaitForItEnds_IsEnoughToLookAKeyUp()
    {
        var lease = _app.Services.GetRequiredService<Lease>();
        var (record, _) = await _store.IssueKeyAsync(settled: false);
        var key = new CachedKey(
            new(record, false),
            _app.Services.GetRequiredService<Roles>(),
            new KeyOptions(),
            TestKeys.Format.Environments[0]
        );
        await using var request = await HeldRequest.OpenAsync("/x", new Dictionary<string, string> { ["Host"] = "x" });

        var asked = _app
            .Services.GetRequiredService<StreamAdmission>()
            .AdmitAsync(
                request.Context,
                new RoutePolicy { RouteId = "read", MaxStaleness = TimeSpan.FromMinutes(1) },
                key,
                null
            );
        Assert.False(asked.IsCompleted);
        var now = lease.Now();
        lease.Extend(now, now, TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1));

        Assert.Null(await asked);
    }
}
