using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway;

/// <summary>
/// What is seen from outside, beside <see cref="Decisions"/>: cache, store, feed, lease, last used, routes. All are read
/// at scrape from the parts that own the numbers. No label has unbounded values: never a key, an account or an address.
/// </summary>
public sealed class GatewayMetrics : IDisposable
{
    /// <summary>Name of our meter.</summary>
    public const string MeterName = "Gateway";

    private readonly MeterProvider _provider;
    private readonly PrometheusText _exporter = new();

    /// <summary>Registers the instruments and starts collecting.</summary>
    public GatewayMetrics(
        IMeterFactory meters,
        KeyCache cache,
        KeyReader reader,
        ChangeFollower follower,
        Lease lease,
        UsageRecorder usage,
        RoutesFile routes,
        // Named so that its instruments exist before the first request.
        Decisions _
    )
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("gateway.cache.keys", () => cache.Count, null, "Keys held in memory");
        meter.CreateObservableGauge("gateway.cache.unknown", () => cache.UnknownCount, null, "Unknown keys remembered");
        meter.CreateObservableCounter(
            "gateway.cache.hits",
            () => cache.Hits,
            null,
            "Decisions on a key held in memory"
        );
        meter.CreateObservableCounter(
            "gateway.cache.misses",
            () => cache.Misses,
            null,
            "Keys that had to be looked up"
        );
        meter.CreateObservableCounter("gateway.store.lookups", () => reader.Lookups, null, "Look-ups in the store");
        meter.CreateObservableCounter("gateway.store.failures", () => reader.Failures, null, "Look-ups that failed");
        meter.CreateObservableGauge("gateway.changes.applied", () => cache.Applied, null, "Change applied last");
        meter.CreateObservableGauge(
            "gateway.changes.lag",
            () => Math.Max(0, follower.Head - cache.Applied),
            null,
            "Changes known of and not applied yet"
        );
        meter.CreateObservableCounter(
            "gateway.incarnations",
            () => follower.Incarnations,
            null,
            "Times it started over"
        );
        meter.CreateObservableGauge(
            "gateway.lease.left",
            () => lease.WasHeld ? lease.Left(lease.Now()).TotalSeconds : 0,
            "s",
            "Lease left; negative once it is over"
        );
        meter.CreateObservableGauge("gateway.lastused.pending", () => usage.Pending, null, "Keys in line for a batch");
        meter.CreateObservableGauge(
            "gateway.lastused.flush.rows",
            () => usage.LastFlushRows,
            null,
            "Rows of the last batch"
        );
        meter.CreateObservableCounter("gateway.lastused.dropped", () => usage.Dropped, null, "Uses dropped");
        meter.CreateObservableCounter("gateway.routes.reloads", () => routes.Reloads, null, "Route files taken up");
        meter.CreateObservableCounter(
            "gateway.routes.reload.failures",
            () => routes.ReloadFailures,
            null,
            "Route files refused; the last good one stayed in force"
        );

        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(MeterName)
            .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddMeter("System.Net.Http", "System.Runtime")
            .AddReader(new BaseExportingMetricReader(_exporter))
            .Build();
    }

    /// <summary>The metrics now, as Prometheus text.</summary>
    public string Scrape() => _exporter.Scrape();

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        _exporter.Dispose();
    }
}
