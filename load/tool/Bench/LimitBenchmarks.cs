using BenchmarkDotNet.Attributes;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Check 10 where it is counted in this process.</summary>
public class LimitBenchmarks
{
    /// <summary>Name of the row of a request that is admitted.</summary>
    public const string AdmittedRow = "rate limit, admitted";

    /// <summary>Name of the row of one that is refused.</summary>
    public const string RefusedRow = "rate limit, refused";

    private readonly LineLimits _lines = new(10, TimeProvider.System);
    private readonly KeyLimit _wide = new("line-1", new RateLimit(1_000_000, 1));
    private readonly KeyLimit _narrow = new("line-2", new RateLimit(1, 86_400));
    private readonly long _every = TimeProvider.System.TimestampFrequency / 500_000;
    private long _now = TimeProvider.System.GetTimestamp();

    /// <summary>Half as often as is admitted, whatever the clock says.</summary>
    [Benchmark(Description = AdmittedRow)]
    public bool Admitted()
    {
        _now += _every;
        return _lines.Take(_wide, _wide.Requests, _now).Admitted
            ? true
            : throw new InvalidOperationException("It was refused.");
    }

    /// <summary>All but the first.</summary>
    [Benchmark(Description = RefusedRow)]
    public bool Refused() => _lines.Take(_narrow, _narrow.Requests, _now).Admitted;
}
