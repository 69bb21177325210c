namespace Gateway.Keys.Storage;

/// <summary>Somebody signed in to the console.</summary>
/// <param name="TokenHash">SHA-256 of the token in the cookie; the token itself is nowhere.</param>
/// <param name="Issuer">The identity provider; empty for an operator.</param>
/// <param name="Subject">The person's id there, or the operator's id.</param>
/// <param name="Proof">Ties the session of the configured operator to the token that is configured; null for others.</param>
/// <param name="CreatedAt">When signed in.</param>
/// <param name="SeenAt">About when last used.</param>
/// <param name="ExpiresAt">It ends here, however much it is used.</param>
public sealed record ConsoleSession(
    byte[] TokenHash,
    string Issuer,
    string Subject,
    byte[]? Proof,
    DateTimeOffset CreatedAt,
    DateTimeOffset SeenAt,
    DateTimeOffset ExpiresAt
);

/// <summary>Sessions of the console, and the codes of its sign-in links.</summary>
public static class ConsoleStore
{
    private const string Columns = "token_hash, issuer, subject, proof, created_at, seen_at, expires_at";

    /// <summary>Stores a new session.</summary>
    public static Task InsertConsoleSessionAsync(
        this Session session,
        ConsoleSession row,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            $"""
            insert into console_sessions ({Columns})
            values (@TokenHash, @Issuer, @Subject, @Proof, @CreatedAt, @SeenAt, @ExpiresAt)
            """,
            row,
            ct
        );

    /// <summary>The session whose token has this hash; null when there is none. Whether it has ended is the caller's to
    /// say.</summary>
    public static async Task<ConsoleSession?> FindConsoleSessionAsync(
        this Session session,
        byte[] tokenHash,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<Row>(
                $"select {Columns} from console_sessions where token_hash = @tokenHash",
                new { tokenHash },
                ct
            )
            .ConfigureAwait(false);
        return row?.ToSession();
    }

    /// <summary>Notes that a session was used.</summary>
    public static Task TouchConsoleSessionAsync(
        this Session session,
        byte[] tokenHash,
        DateTimeOffset at,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            "update console_sessions set seen_at = @at where token_hash = @tokenHash",
            new { tokenHash, at },
            ct
        );

    /// <summary>Ends one session.</summary>
    public static Task DeleteConsoleSessionAsync(
        this Session session,
        byte[] tokenHash,
        CancellationToken ct = default
    ) => session.ExecuteAsync("delete from console_sessions where token_hash = @tokenHash", new { tokenHash }, ct);

    /// <summary>Ends every session of somebody.</summary>
    /// <returns>How many there were.</returns>
    public static Task<int> DeleteConsoleSessionsAsync(
        this Session session,
        string issuer,
        string subject,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            "delete from console_sessions where issuer = @issuer and subject = @subject",
            new { issuer, subject },
            ct
        );

    /// <summary>Forgets sessions whose absolute limit is over.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneConsoleSessionsAsync(
        this Session session,
        DateTimeOffset now,
        CancellationToken ct = default
    ) => session.PruneAsync("console_sessions", "expires_at <= @before", now, ct);

    /// <summary>Stores the hash of a code that signs in once.</summary>
    public static Task InsertSignInCodeAsync(
        this Session session,
        byte[] codeHash,
        DateTimeOffset expiresAt,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            "insert into sign_in_codes (code_hash, expires_at) values (@codeHash, @expiresAt)",
            new { codeHash, expiresAt },
            ct
        );

    /// <summary>Takes a code, for good: of two who try, one gets true.</summary>
    /// <returns>Whether it was there and had not expired.</returns>
    public static async Task<bool> TakeSignInCodeAsync(
        this Session session,
        byte[] codeHash,
        DateTimeOffset now,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync(
                "delete from sign_in_codes where code_hash = @codeHash and expires_at > @now",
                new { codeHash, now },
                ct
            )
            .ConfigureAwait(false) == 1;

    /// <summary>Forgets codes that have expired.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneSignInCodesAsync(
        this Session session,
        DateTimeOffset now,
        CancellationToken ct = default
    ) => session.PruneAsync("sign_in_codes", "expires_at <= @before", now, ct);

    private sealed class Row
    {
        public byte[] TokenHash { get; set; } = [];
        public string Issuer { get; set; } = "";
        public string Subject { get; set; } = "";
        public byte[]? Proof { get; set; }
        public DateTimeOffset CreatedAt { get; set; }
        public DateTimeOffset SeenAt { get; set; }
        public DateTimeOffset ExpiresAt { get; set; }

        public ConsoleSession ToSession() => new(TokenHash, Issuer, Subject, Proof, CreatedAt, SeenAt, ExpiresAt);
    }
}
