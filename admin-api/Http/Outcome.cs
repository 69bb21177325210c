namespace Gateway.Admin;

/// <summary>What an operation comes to: a value, or the problem to answer with. What could not be decided for technical
/// reasons is an exception instead.</summary>
/// <typeparam name="T">What it is when all is well.</typeparam>
public readonly struct Outcome<T>
    where T : class
{
    private Outcome(T? value, Problem? problem) => (Value, Problem) = (value, problem);

    /// <summary>The value; null when there is a problem.</summary>
    public T? Value { get; }

    /// <summary>The problem; null when there is a value.</summary>
    public Problem? Problem { get; }

    /// <summary>Takes the value or else the problem apart.</summary>
    /// <returns>Whether there is a value.</returns>
    public bool TryGet(
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Problem? problem
    )
    {
        (value, problem) = (Value, Problem);
        return value is not null;
    }

    /// <summary>All is well.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>It is refused.</summary>
    public static implicit operator Outcome<T>(Problem problem) => new(null, problem);
}
