using System.Diagnostics.Metrics;
using Gateway.Keys;

namespace Gateway;

/// <summary>What is seen of limits from outside.</summary>
public sealed class LimitMetrics(
    LineLimits lines,
    RateLimiter limiter,
    RefusalBudgets budgets,
    RedisLink redis,
    LiveGateways fleet
)
{
    /// <summary>Registers the instruments.</summary>
    public void Add(Meter meter)
    {
        meter.CreateObservableGauge(
            "gateway.limits.lines",
            () => lines.Count,
            null,
            "Rotation lines with a limit in use"
        );
        meter.CreateObservableGauge(
            "gateway.limits.shared",
            () => redis.IsUsable ? 1 : 0,
            null,
            "1 while limits are counted in Redis"
        );
        meter.CreateObservableGauge(
            "gateway.limits.gateways",
            () => fleet.Count,
            null,
            "Gateways that share limits should Redis fail"
        );
        meter.CreateObservableCounter(
            "gateway.limits.fallbacks",
            () => limiter.Fallbacks,
            null,
            "Limits counted here although there is a Redis"
        );
        meter.CreateObservableCounter(
            "gateway.redis.failures",
            () => redis.Failures,
            null,
            "Questions Redis did not answer in time"
        );
        meter.CreateObservableCounter(
            "gateway.refusals.limited",
            () => (Measurement<long>[])[Spent("key", budgets.KeysLimited), Spent("address", budgets.AddressesLimited)],
            null,
            "Refusals answered 429 because their budget was spent"
        );
    }

    private static Measurement<long> Spent(string budget, long count) =>
        new(count, new KeyValuePair<string, object?>("budget", budget));
}
