namespace Gateway.Load;

/// <summary>All that is compared.</summary>
internal sealed class TimingSubjects : IDisposable
{
    // Of 32: what somebody would have to find out first, and what is hardest to see.
    private const int FewRight = 4;

    private readonly LookUpSubject[] _lookUps;

    /// <summary>Makes them.</summary>
    /// <param name="random">Decides.</param>
    public TimingSubjects(Random random)
    {
        var keys = new TimedKeys(random);
        _lookUps = [new(keys), new(keys, isPlanted: true), new(keys, isPlanted: true, FewRight)];
        Real = [new ChecksumSubject(keys), _lookUps[0], new MatchSubject(keys), new FilterSubject(keys)];
        Planted =
        [
            new ChecksumSubject(keys, isPlanted: true),
            _lookUps[1],
            new MatchSubject(keys, isPlanted: true),
            new FilterSubject(keys, isPlanted: true),
        ];
    }

    /// <summary>What a refusal consists of.</summary>
    public IReadOnlyList<TimedSubject> Real { get; }

    /// <summary>The same with a leak in each, in the same order.</summary>
    public IReadOnlyList<TimedSubject> Planted { get; }

    /// <summary>A leak of a few nanoseconds.</summary>
    public TimedSubject Faint => _lookUps[2];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lookUp in _lookUps)
            lookUp.Dispose();
    }
}
