using System.Diagnostics.Metrics;
using System.Text;
using Gateway.Keys;
using Gateway.Listeners;
using Gateway.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway;

/// <summary>
/// What is seen from outside, beside <see cref="Decisions"/>: cache, store, feed, lease, last used, routes. All are read
/// at scrape from the parts that own the numbers. No label has unbounded values: never a key, an account or an address.
/// </summary>
public sealed class GatewayMetrics : IDisposable
{
    // The framework's: of connections and of the process, and those that each request is recorded in several times.
    private static readonly string[] Meters = ["Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];
    private static readonly string[] RequestMeters = ["Microsoft.AspNetCore.Hosting", "System.Net.Http"];

    /// <summary>Name of our meter.</summary>
    public const string MeterName = "Gateway";

    private readonly Meter _meter;
    private readonly MeterProvider _provider;
    private readonly PrometheusText _exporter;

    /// <summary>Registers the instruments and starts collecting.</summary>
    public GatewayMetrics(
        IMeterFactory meters,
        KeyCache cache,
        KeyReader reader,
        KnownHashes hashes,
        ChangeFollower follower,
        Lease lease,
        UsageRecorder usage,
        RoutesFile routes,
        SettingsWatch settings,
        OpenStreams streams,
        LimitMetrics limits,
        KeylessRequests keyless,
        HeapValve valve,
        Strangers strangers,
        ProxyProtocol proxies,
        ServerCertificates certificates,
        OpsOptions options,
        ChangeOptions changes,
        Decisions decisions,
        Readiness readiness
    )
    {
        _meter = meters.Create(MeterName);
        _exporter = new PrometheusText(text =>
        {
            decisions.Write(text);
            WriteReadiness(text, readiness.Now().Status);
        });
        AddCache(cache, reader);
        AddHashes(hashes);
        AddFeed(cache, follower, lease, changes);
        limits.Add(_meter);
        Gauge("gateway.streams.open", () => streams.Count, "Streams in flight whose key is watched");
        _meter.CreateObservableCounter("gateway.streams.closed", streams.Closed, null, "Streams closed, by reason");
        Gauge(
            "gateway.settings.others",
            () => settings.Others.Count,
            "Processes with other settings that must be alike"
        );
        Gauge("gateway.lastused.pending", () => usage.Pending, "Rows in line for a batch");
        Gauge("gateway.lastused.flush.rows", () => usage.LastFlushRows, "Rows of the last batch");
        Counter("gateway.lastused.dropped", () => usage.Dropped, "Rows dropped");
        Counter("gateway.routes.reloads", () => routes.Reloads, "Route files taken up");
        Counter("gateway.routes.reload.failures", () => routes.ReloadFailures, "Route files refused");
        Gauge(
            "gateway.routes.refused",
            () => routes.LastError is null ? 0 : 1,
            "1 while the routes file as it lies there is not in force, because it is bad"
        );
        AddListeners(proxies, certificates, routes);
        AddBounds(keyless, valve, strangers);
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter([MeterName, .. Meters, .. options.RequestMeters ? RequestMeters : []])
            // Of this process's own parts: the ops listener is a server too, and what it is asked is not traffic.
            .AddView(i => i.Meter.Scope is null || i.Meter.Scope == meters ? null : MetricStreamConfiguration.Drop)
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

    // One series for each word of /readyz, of which one is 1: what a dashboard shows and an alert asks for.
    private static void WriteReadiness(StringBuilder text, string status)
    {
        const string Family = "gateway_readiness";
        text.Append($"# HELP {Family} 1 for the status that /readyz has\n# TYPE {Family} gauge\n");
        foreach (var word in ReadinessState.Words)
            text.Append($"{Family}{{status=\"{word}\"}} {(word == status ? 1 : 0)}\n");
    }

    private void AddCache(KeyCache cache, KeyReader reader)
    {
        Gauge("gateway.cache.keys", () => cache.Count, "Keys held in memory");
        Gauge("gateway.cache.unknown", () => cache.UnknownCount, "Unknown keys remembered after a look-up");
        Counter("gateway.cache.hits", () => cache.Hits, "Decisions on a key held in memory");
        Counter("gateway.cache.misses", () => cache.Misses, "Keys that had to be looked up");
        Counter("gateway.store.lookups", () => reader.Lookups, "Look-ups in the store");
        Gauge("gateway.store.lookups.running", () => reader.Running, "Look-ups the store has not let go of");
        Counter("gateway.store.failures", () => reader.Failures, "Look-ups that failed");
    }

    private void AddHashes(KnownHashes hashes)
    {
        Gauge("gateway.hashes.keys", () => hashes.Count, "Keys whose hash is known");
        Gauge("gateway.hashes.bytes", () => hashes.Bytes, "Bytes of memory the known hashes take");
        Gauge("gateway.hashes.complete", () => hashes.IsComplete ? 1 : 0, "1 when every key's hash is known");
        Counter("gateway.hashes.answers", () => hashes.Answers, "Unknown keys that needed no look-up");
    }

    private void AddBounds(KeylessRequests keyless, HeapValve valve, Strangers strangers)
    {
        Gauge("gateway.keyless.bytes", () => keyless.Bytes, "Bytes that requests in flight without a key may hold");
        valve.Tell(_meter);
        strangers.Tell(_meter);
    }

    private void AddListeners(ProxyProtocol proxies, ServerCertificates certificates, RoutesFile routes)
    {
        _meter.CreateObservableCounter(
            "gateway.proxy.protocol.refused",
            proxies.Refused,
            null,
            "Connections closed for want of a usable PROXY protocol header, by reason"
        );
        _meter.CreateObservableGauge(
            "gateway.certificate.expiry",
            () => certificates.Expiries().Concat(routes.CertificateExpiries()),
            "s",
            "Time until the certificate of a listener, or the one shown to a cluster, is out of date"
        );
    }

    private void AddFeed(KeyCache cache, ChangeFollower follower, Lease lease, ChangeOptions options)
    {
        Gauge("gateway.changes.applied", () => cache.Applied, "Change applied last");
        Gauge("gateway.changes.lag", () => Math.Max(0, follower.Head - cache.Applied), "Changes known of, not applied");
        Counter("gateway.incarnations", () => follower.Incarnations, "Times it started over");
        _meter.CreateObservableGauge(
            "gateway.lease.left",
            () => lease.WasHeld ? lease.Left(lease.Now()).TotalSeconds : 0,
            "s",
            "Lease left; negative once it is over"
        );
        _meter.CreateObservableGauge(
            "gateway.lease.length",
            () => options.Lease().TotalSeconds,
            "s",
            "Lease that a renewal gives"
        );
    }

    private void Gauge(string name, Func<long> read, string meaning) =>
        _meter.CreateObservableGauge(name, read, null, meaning);

    private void Counter(string name, Func<long> read, string meaning) =>
        _meter.CreateObservableCounter(name, read, null, meaning);
}
