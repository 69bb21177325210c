using System.Data.Common;

namespace Gateway.Keys.Storage;

/// <summary>Someone invited to an account. Issuer and subject are unknown until the first sign-in binds them.</summary>
/// <param name="Id"><c>per_</c> and a sortable id.</param>
/// <param name="AccountId">The account.</param>
/// <param name="Email">As the caller folds it; compared ordinally, unique in the account.</param>
/// <param name="Role"><c>owner</c> or <c>viewer</c>.</param>
/// <param name="Issuer">The identity provider; null until bound.</param>
/// <param name="Subject">The person's id at the provider; null until bound.</param>
/// <param name="CreatedAt">When invited.</param>
public sealed record Person(
    string Id,
    string AccountId,
    string Email,
    string Role,
    string? Issuer,
    string? Subject,
    DateTimeOffset CreatedAt
);

/// <summary>People invited to accounts.</summary>
public static class PeopleStore
{
    private const string Columns = "id, account_id, email, role, issuer, subject, created_at";

    /// <summary>Invites someone.</summary>
    /// <exception cref="DbException">Unique violation when the account has someone of this address.</exception>
    public static Task InsertPersonAsync(this Session session, Person person, CancellationToken ct = default) =>
        session.ExecuteAsync(
            $"""
            insert into people ({Columns})
            values (@Id, @AccountId, @Email, @Role, @Issuer, @Subject, @CreatedAt)
            """,
            person,
            ct
        );

    /// <summary>Someone of an account; null when there is none of this id.</summary>
    public static async Task<Person?> GetPersonAsync(
        this Session session,
        string accountId,
        string id,
        CancellationToken ct = default
    ) =>
        (
            await ReadAsync(session, "account_id = @accountId and id = @id", new { accountId, id }, ct)
                .ConfigureAwait(false)
        ).FirstOrDefault();

    /// <summary>An account's people, oldest first.</summary>
    public static Task<List<Person>> ListPeopleAsync(
        this Session session,
        string accountId,
        CancellationToken ct = default
    ) => ReadAsync(session, "account_id = @accountId", new { accountId }, ct);

    /// <summary>Invitations to this address in any account that nobody has taken up.</summary>
    public static Task<List<Person>> ListInvitationsAsync(
        this Session session,
        string email,
        CancellationToken ct = default
    ) => ReadAsync(session, "email = @email and issuer is null", new { email }, ct);

    /// <summary>Who this identity is bound to: one person for each account it is invited to.</summary>
    public static Task<List<Person>> FindPeopleBySubjectAsync(
        this Session session,
        string issuer,
        string subject,
        CancellationToken ct = default
    ) => ReadAsync(session, "issuer = @issuer and subject = @subject", new { issuer, subject }, ct);

    /// <summary>Takes someone out of an account.</summary>
    /// <returns>Whether there was someone of this id.</returns>
    public static async Task<bool> DeletePersonAsync(
        this Session session,
        string accountId,
        string id,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync("delete from people where account_id = @accountId and id = @id", new { accountId, id }, ct)
            .ConfigureAwait(false) == 1;

    /// <summary>Binds an invitation to who signed in first; a bound one is never bound again.</summary>
    /// <returns>Whether it was bound now.</returns>
    /// <exception cref="DbException">Unique violation when this identity is already someone else of the account.</exception>
    public static async Task<bool> BindPersonAsync(
        this Session session,
        string id,
        string issuer,
        string subject,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync(
                "update people set issuer = @issuer, subject = @subject where id = @id and issuer is null",
                new
                {
                    id,
                    issuer,
                    subject,
                },
                ct
            )
            .ConfigureAwait(false) == 1;

    private static Task<List<Person>> ReadAsync(
        Session session,
        string where,
        object parameters,
        CancellationToken ct
    ) =>
        session.QueryAsync(
            (Row r) => new Person(r.Id, r.AccountId, r.Email, r.Role, r.Issuer, r.Subject, r.CreatedAt),
            $"select {Columns} from people where {where} order by id",
            parameters,
            ct
        );

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public string AccountId { get; set; } = "";
        public string Email { get; set; } = "";
        public string Role { get; set; } = "";
        public string? Issuer { get; set; }
        public string? Subject { get; set; }
        public DateTimeOffset CreatedAt { get; set; }
    }
}
