using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>What is counted belongs to the rotation line, outlives records, and is bounded.</summary>
public sealed class LineLimitsTests
{
    private readonly TestClock _clock = new();
    private readonly RateLimit _three = new(3, 60);

    [Fact]
    public void RecordsOfOneLine_ShareWhatIsCounted_AndOthersDoNot()
    {
        var lines = new LineLimits(10, _clock);
        var (old, successor, other) = (Limit("a", _three), Limit("a", _three), Limit("b", _three));

        Assert.Equal([true, true, true, false, false], new[] { old, successor, old, successor, old }.Select(Take));
        Assert.True(Take(other));
        Assert.Equal(2, lines.Count);

        bool Take(KeyLimit limit) => lines.Take(limit, limit.Requests, _clock.GetTimestamp()).Admitted;
    }

    [Fact]
    public void LimitThatIsRaised_GoesOnFromWhatIsCounted()
    {
        var lines = new LineLimits(10, _clock);
        Assert.Equal(3, Spend(lines, Limit("a", _three)));

        Assert.Equal(2, Spend(lines, Limit("a", new RateLimit(5, 60))));
    }

    [Fact]
    public void LineThatIsForgotten_IsOneThatHasNothingLeft_AndGoesOnWhenItIsUsedAgain()
    {
        var lines = new LineLimits(10, _clock);
        var (limit, kin) = (Limit("a", _three), Limit("a", _three));
        Assert.Equal(3, Spend(lines, limit));

        _clock.Advance(TimeSpan.FromSeconds(90));
        lines.Sweep();
        Assert.Equal(1, lines.Count);
        _clock.Advance(TimeSpan.FromSeconds(31));
        lines.Sweep();
        Assert.Equal(0, lines.Count);

        // Both had counted in what is forgotten, and count in one place again.
        Assert.Equal(3, Spend(lines, limit));
        Assert.Equal(0, Spend(lines, kin));
    }

    [Fact]
    public void Lines_AreBounded()
    {
        var lines = new LineLimits(10, _clock);
        var limits = Enumerable.Range(0, 100).Select(i => Limit($"line-{i}", _three)).ToList();

        Assert.All(limits, l => Assert.Equal(3, Spend(lines, l)));

        Assert.Equal(10, lines.Count);
    }

    // A share of a limit that is smaller than what was used already.
    [Fact]
    public void Look_TellsWhatTakeWould_AndCountsNothing()
    {
        var lines = new LineLimits(10, _clock);
        var limit = Limit("a", _three);
        Assert.Equal(3, lines.Look(limit, 3, _clock.GetTimestamp()).Remaining);
        lines.Note(limit, _clock.GetTimestamp());
        lines.Note(limit, _clock.GetTimestamp());

        Assert.Equal(1, lines.Look(limit, 3, _clock.GetTimestamp()).Remaining);
        Assert.False(lines.Look(limit, 1, _clock.GetTimestamp()).Admitted);
        Assert.Equal(1, Spend(lines, limit));
    }

    private static KeyLimit Limit(string line, RateLimit limit) => new(line, limit);

    private int Spend(LineLimits lines, KeyLimit limit)
    {
        var admitted = 0;
        while (lines.Take(limit, limit.Requests, _clock.GetTimestamp()).Admitted)
            admitted++;
        return admitted;
    }
}
