using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>Who is signed in, as found for this request.</summary>
public sealed record Identity
{
    /// <summary>The session.</summary>
    public required ConsoleSession Session { get; init; }

    /// <summary>For the page: an operator's name or a person's address.</summary>
    public required string Name { get; init; }

    /// <summary>The operator; null for a person.</summary>
    public Actor? Operator { get; init; }

    /// <summary>What a person is in each account they were invited to; empty for an operator.</summary>
    public IReadOnlyList<Person> People { get; init; } = [];

    /// <summary>Who acts in an account; null where nobody of this identity may even know that it exists.</summary>
    public Actor? ActorIn(AdminServices admin, string accountId) =>
        Operator
        ?? (
            People.FirstOrDefault(p => string.Equals(p.AccountId, accountId, StringComparison.Ordinal)) is { } person
                ? PersonRoles.ActorOf(person, admin.KeyFormat)
                : null
        );
}
