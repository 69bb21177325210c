using Gateway.Load;

namespace Gateway.Tests;

/// <summary>
/// The time to refuse says nothing of what is secret. <c>make timing</c> and <c>make attack</c> take a million times of
/// each class and hold every t below 4.5. <c>make test</c> takes few and holds them below 8, which chance reaches once in
/// 10^15 looks: the classes take turns at random, so what else the machine does cannot look like a leak. One look each.
/// </summary>
public sealed class TimingTests
{
    private const int Samples = 1_000_000;
    private const int FewSamples = 10_000;
    private const double FewThreshold = 8;

    private static readonly int Count = AttackReport.IsFull ? Samples : FewSamples;
    private static readonly double Threshold = AttackReport.IsFull ? Welch.Threshold : FewThreshold;

    [Fact]
    public void RefusalsOfOneKind_TakeTheSameTime()
    {
        var random = new Random(FuzzOptions.Seed);
        using var subjects = new TimingSubjects(random);
        Assert.All(subjects.Real, subject => Assert.InRange(Compare(subject, random), -Threshold, Threshold));
    }

    [Fact]
    public void ALeak_IsFound()
    {
        var random = new Random(FuzzOptions.Seed);
        using var subjects = new TimingSubjects(random);
        Assert.True(Math.Abs(Compare(subjects.Planted[0], random)) > Threshold);
    }

    private static double Compare(TimedSubject subject, Random random)
    {
        var t = Stopwatches.Compare(subject, Count, random).T;
        AttackReport.Add("timing", $"|t| in thousandths, {subject.Name}", (long)Math.Abs(t * 1000));
        return t;
    }
}
