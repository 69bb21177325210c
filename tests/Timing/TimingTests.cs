using Gateway.Load;

namespace Gateway.Tests;

/// <summary>
/// The time to refuse says nothing of what is secret. <c>make timing</c> and <c>make attack</c> take a million times of
/// each class and hold every t below 4.5. <c>make test</c> takes few and holds them below 8, which chance reaches once in
/// 10^15 looks: the classes take turns at random, so what else the machine does cannot look like a leak. One look each.
/// So few would find a leak in any of them: they find the one that is planted there.
/// </summary>
public sealed class TimingTests
{
    private const int Samples = 1_000_000;
    private const double FewThreshold = 8;

    private static readonly double Threshold = AttackReport.IsFull ? Welch.Threshold : FewThreshold;

    [Fact]
    public void RefusalsOfOneKind_TakeTheSameTime()
    {
        var random = new Random(FuzzOptions.Seed);
        using var subjects = new TimingSubjects(random);
        Assert.All(
            subjects.Real,
            subject => Assert.InRange(Told(subject, Compare(subject, random, CountOf(subject))), -Threshold, Threshold)
        );
    }

    [Fact]
    public void ALeakInAnyOfThem_IsFound()
    {
        var random = new Random(FuzzOptions.Seed);
        using var subjects = new TimingSubjects(random);
        Assert.All(subjects.Planted, subject => Assert.NotInRange(Find(subject, random), -Threshold, Threshold));
    }

    // A busy machine hides it from a few samples. Chance is no help: it reaches the bar once in 10^15 looks.
    private static double Find(TimedSubject subject, Random random)
    {
        var t = Compare(subject, random, CountOf(subject));
        for (var samples = CountOf(subject) * 4; Math.Abs(t) <= Threshold && samples <= Samples; samples *= 4)
            t = Compare(subject, random, samples);
        return Told(subject, t);
    }

    private static int CountOf(TimedSubject subject) => AttackReport.IsFull ? Samples : subject.FewSamples;

    private static double Compare(TimedSubject subject, Random random, int samples) =>
        Welch.Worst(Stopwatches.Compare(subject, samples, random)).T;

    private static double Told(TimedSubject subject, double t)
    {
        AttackReport.Add("timing", $"|t| of {subject.Name}", (long)Math.Abs(t * 1000));
        return t;
    }
}
