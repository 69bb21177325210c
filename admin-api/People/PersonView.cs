using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What a person may do in the account.</summary>
public enum PersonRole
{
    /// <summary>Everything the account may.</summary>
    Owner,

    /// <summary>See, not change.</summary>
    Viewer,
}

/// <summary>Whether an invitation was taken up.</summary>
public enum PersonStatus
{
    /// <summary>Nobody has signed in by it yet.</summary>
    Invited,

    /// <summary>Somebody has, and nobody else can.</summary>
    Bound,
}

/// <summary>Someone invited to an account, as the API shows it.</summary>
/// <param name="Id">Id.</param>
/// <param name="AccountId">The account.</param>
/// <param name="Email">In lower case.</param>
/// <param name="Role">What the person may do.</param>
/// <param name="Status">Whether the first sign-in has bound the invitation to somebody.</param>
/// <param name="CreatedAt">When invited.</param>
public sealed record PersonView(
    string Id,
    string AccountId,
    string Email,
    PersonRole Role,
    PersonStatus Status,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The view of a record.</summary>
    public static PersonView Of(Person person) =>
        new(
            person.Id,
            person.AccountId,
            person.Email,
            PersonRoles.Parse(person.Role),
            person.Subject is null ? PersonStatus.Invited : PersonStatus.Bound,
            person.CreatedAt
        );
}

/// <summary>What writes about one person answer.</summary>
/// <param name="Person">The person.</param>
public sealed record PersonAnswer(PersonView Person) : Answer;
