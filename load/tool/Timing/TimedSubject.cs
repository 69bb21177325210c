using System.Runtime.CompilerServices;

namespace Gateway.Load;

/// <summary>
/// A part of a refusal, and inputs of two classes for it that must take the same time. The inputs are pairs, alike in all
/// but what is in question, so that what else they are made of differs by chance alone; they are made anew all the time,
/// because a few thousand of them, however often repeated, differ by chance too, and always in the same way.
/// <para>
/// Each has a twin with a leak planted in it: after the product's own code, which makes the noise it always makes, what is
/// secret is compared up to the first difference. A test that finds the twin would have found such a leak in the product.
/// </para>
/// </summary>
/// <param name="name">What is compared, by what.</param>
/// <param name="isPlanted">Whether it leaks.</param>
internal abstract class TimedSubject(string name, bool isPlanted)
{
    /// <summary>Of each class, made at a time.</summary>
    public const int Pairs = 1_000;

    /// <summary>Characters of a credential.</summary>
    protected static readonly int KeyLength = TimedKeys.Length;

    /// <summary>What is compared, by what.</summary>
    public string Name => isPlanted ? $"{name} (planted)" : name;

    /// <summary>Samples of each class in which a leak shows at a glance, though the code is still being compiled.</summary>
    public virtual int FewSamples => 10_000;

    /// <summary>Whether it leaks.</summary>
    protected bool IsPlanted => isPlanted;

    /// <summary>Where an input lies when it is measured.</summary>
    protected char[] Input { get; } = new char[KeyLength];

    /// <summary>Makes new inputs.</summary>
    public abstract void Renew();

    /// <summary>Puts an input where <see cref="Run"/> reads it: the same place for all, so that no cache knows which of the
    /// two it is, and by no branch that depends on the class. Nobody times this.</summary>
    /// <param name="kind">The class: 0 or 1.</param>
    /// <param name="pair">Its number.</param>
    public abstract void Place(int kind, int pair);

    /// <summary>What is timed, and nothing else.</summary>
    /// <returns>Anything that keeps the compiler from leaving it out.</returns>
    public abstract int Run();

    /// <summary>The leak: a comparison that ends at the first difference.</summary>
    /// <returns>How many were the same.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected static int Alike<T>(ReadOnlySpan<T> one, ReadOnlySpan<T> other)
        where T : struct, IEquatable<T>
    {
        var i = 0;
        while (i < one.Length && one[i].Equals(other[i]))
            i++;
        return i;
    }
}
