namespace Gateway.Load;

/// <summary>All that is compared.</summary>
internal sealed class TimingSubjects(Random random) : IDisposable
{
    private readonly TimedKeys _keys = new(random);
    private readonly LookUpSubject _lookUp = new(new TimedKeys(random));

    /// <summary>What a refusal consists of.</summary>
    public IReadOnlyList<TimedSubject> Real =>
        [new ChecksumSubject(_keys), _lookUp, new MatchSubject(_keys), new FilterSubject(_keys)];

    /// <summary>Leaks: one that nobody could overlook, and one of a few nanoseconds.</summary>
    public IReadOnlyList<TimedSubject> Planted => [new PlantedSubject(_keys, 28), new PlantedSubject(_keys, 4)];

    /// <inheritdoc/>
    public void Dispose() => _lookUp.Dispose();
}
