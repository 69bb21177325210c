namespace Gateway.Tests;

/// <summary>Something in a history that a correct fleet cannot have done.</summary>
/// <param name="Rule">One of the checker's rules.</param>
/// <param name="Sentence">What is wrong.</param>
/// <param name="Events">What shows it.</param>
public sealed record Violation(string Rule, string Sentence, IReadOnlyList<HistoryEvent> Events);
