namespace Gateway.Tests;

/// <summary>What a correct fleet is allowed, beyond what is promised to the millisecond.</summary>
internal static class Allowance
{
    /// <summary>Between the wall clock as the product reads it and as the run's samples have it: one machine, one clock,
    /// instants cut to the millisecond.</summary>
    public static readonly TimeSpan Clock = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after a fault is over its consequences may still be felt as 503 or no answer: a renewal is tried
    /// within a second, is given a second, and a failure is told to whoever asks within two seconds after it.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    /// <summary>How long after a gateway had to close a stream the client may still see it open.</summary>
    public static readonly TimeSpan Stream = TimeSpan.FromSeconds(2);

    /// <summary>How long after its caller was left without an answer, and admin and store are well again, a write may still
    /// be committed: what was under way is then answered at once.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromSeconds(3);

    /// <summary>Renewals are a second apart: from the last one before a fault to the fault.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    /// <summary>From the stamp of a fault to its effect, at both ends.</summary>
    public static readonly TimeSpan Cut = TimeSpan.FromSeconds(1);

    /// <summary>Two clocks that run apart (SPEC 9).</summary>
    public const double Drift = 1.01;
}
