using System.Diagnostics.Metrics;
using Gateway.Listeners;
using Gateway.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Admin;

/// <summary>
/// <c>/metrics</c> of the admin API: how long receipts take, how many were incomplete, what became of leaks, whether the store answers, and the framework's own meters.
/// No label names a key, an account or an address, so whoever may connect may read it.
/// </summary>
public sealed class AdminMetrics : IDisposable
{
    private const string MeterName = "Gateway.Admin";

    private readonly MeterProvider _provider;
    private readonly PrometheusText _exporter = new();
    private readonly Histogram<double> _receiptTime;
    private readonly Counter<long> _receiptsIncomplete;
    private readonly Counter<long> _leaksUndecided;
    private readonly Counter<long> _leakedTokens;

    /// <summary>Registers the instruments and starts collecting.</summary>
    public AdminMetrics(
        IMeterFactory meters,
        FleetWatch fleet,
        ServerCertificates certificates,
        Strangers strangers,
        HeapValve valve
    )
    {
        var meter = meters.Create(MeterName);
        _receiptTime = meter.CreateHistogram(
            "gateway.receipt.time",
            "s",
            "Time from a write to its complete receipt",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60],
            }
        );
        _receiptsIncomplete = meter.CreateCounter<long>(
            "gateway.receipts.incomplete",
            null,
            "Receipts that were given before every gateway had applied the change"
        );
        _leaksUndecided = meter.CreateCounter<long>(
            "gateway.leaks.undecided",
            null,
            "Findings of leaked secrets, and revocations by who holds one, that were not carried out"
        );
        _leakedTokens = meter.CreateCounter<long>(
            "gateway.leaked.operator.tokens",
            null,
            "Tokens of operators that were reported as known to others"
        );
        meter.CreateObservableGauge(
            "gateway.admin.store.answers",
            () => fleet.StoreAnswers ? 1 : 0,
            null,
            "1 when the store answered the last look at the fleet"
        );
        meter.CreateObservableGauge(
            "gateway.certificate.expiry",
            certificates.Expiries,
            "s",
            "Time until the certificate of a listener is out of date"
        );
        strangers.Tell(meter);
        valve.Tell(meter);
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddMeter("System.Net.Http", "System.Runtime")
            .AddView(i => i.Meter.Scope is null || i.Meter.Scope == meters ? null : MetricStreamConfiguration.Drop)
            .AddReader(new BaseExportingMetricReader(_exporter))
            .Build();
        // A counter that was never added to is not there, and an alert on it would wait for the first.
        _receiptsIncomplete.Add(0);
        _leaksUndecided.Add(0);
        _leakedTokens.Add(0);
    }

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app) =>
        app.MapGet("/metrics", (AdminMetrics metrics) => metrics.Scrape()).OpenToAnyone().ExcludeFromDescription();

    /// <summary>Counts the receipt of a write.</summary>
    /// <param name="receipt">As it was answered.</param>
    /// <param name="waited">Since the write.</param>
    public void Count(Propagation receipt, TimeSpan waited)
    {
        if (receipt.Complete)
            _receiptTime.Record(waited.TotalSeconds);
        else
            _receiptsIncomplete.Add(1);
    }

    /// <summary>Counts what was reported or asked for and not carried out.</summary>
    public void CountUndecidedLeaks(int count) => _leaksUndecided.Add(count);

    /// <summary>Counts an operator's token that is refused from now on.</summary>
    public void CountLeakedToken() => _leakedTokens.Add(1);

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        _exporter.Dispose();
    }

    private IResult Scrape() => Results.Text(_exporter.Scrape(), PrometheusText.ContentType);
}
