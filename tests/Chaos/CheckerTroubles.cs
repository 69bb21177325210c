namespace Gateway.Tests;

/// <summary>
/// When a gateway may have been in trouble: while something was done to it, to its way to the store or to the store
/// itself, and until that has settled. Nothing done to another gateway, to Redis or to an admin process excuses it.
/// </summary>
internal sealed class CheckerTroubles(History history)
{
    private readonly ILookup<string, Fault> _faults = history.All<Fault>().ToLookup(f => f.Target);
    private readonly Dictionary<string, IReadOnlyList<Fault>> _cuts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Trouble>> _merged = new(StringComparer.Ordinal);

    /// <summary>Faults that followed one another before they had settled.</summary>
    public sealed record Trouble(TimeSpan Begin, TimeSpan End, IReadOnlyList<Fault> Faults);

    /// <summary>A trouble of a gateway, or of what it needs, that meets a span of time; null for none.</summary>
    public Trouble? Of(string target, TimeSpan from, TimeSpan to)
    {
        var troubles = All(target);
        var last = Search.LastWhere(troubles, t => t.Begin <= to);
        return last >= 0 && troubles[last].End >= from ? troubles[last] : null;
    }

    /// <summary>The first instant from which on there is no trouble for a while.</summary>
    public TimeSpan CalmFrom(string target, TimeSpan at, TimeSpan length)
    {
        while (Of(target, at, at + length) is { } trouble)
            at = trouble.End + TimeSpan.FromTicks(1);
        return at;
    }

    /// <summary>When a gateway could not reach the store at all.</summary>
    public IReadOnlyList<Fault> Cuts(string gateway)
    {
        if (!_cuts.TryGetValue(gateway, out var cuts))
            _cuts[gateway] = cuts = [.. Faults(gateway).Where(f => f.Kind == FaultKind.Cut)];
        return cuts;
    }

    private IEnumerable<Fault> Faults(string gateway) => _faults[gateway].Concat(_faults[FaultTargets.Store]);

    private List<Trouble> All(string target)
    {
        if (_merged.TryGetValue(target, out var merged))
            return merged;
        var faults = target == FaultTargets.Upstream ? _faults[target] : Faults(target);
        merged = [];
        foreach (var fault in faults.OrderBy(f => f.Begin))
        {
            var end = fault.End + Allowance.Settle;
            if (merged.Count > 0 && merged[^1] is var last && fault.Begin <= last.End)
                merged[^1] = new Trouble(last.Begin, end > last.End ? end : last.End, [.. last.Faults, fault]);
            else
                merged.Add(new Trouble(fault.Begin, end, [fault]));
        }
        return _merged[target] = merged;
    }
}
