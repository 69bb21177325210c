namespace Gateway.Keys.Storage;

/// <summary>A POST that may be repeated: the first answer is kept, without the secret.</summary>
/// <param name="ActorId">Who asked; part of the identity.</param>
/// <param name="Route">A hash of what was asked, part of the identity.</param>
/// <param name="Key">A hash of the <c>Idempotency-Key</c>; part of the identity.</param>
/// <param name="RequestHash">SHA-256 of the body: another body under the same key is refused.</param>
/// <param name="Status">The answer's status; null while it is in flight.</param>
/// <param name="Body">The answer's body; null while it is in flight.</param>
/// <param name="CreatedAt">When it began.</param>
public sealed record IdempotencyRecord(
    string ActorId,
    string Route,
    string Key,
    byte[] RequestHash,
    int? Status,
    string? Body,
    DateTimeOffset CreatedAt
);

/// <summary>Answers kept for requests that may be repeated.</summary>
public static class IdempotencyStore
{
    private const string Columns = "actor_id, route, idempotency_key, request_hash, status, body, created_at";
    private const string Identity = "actor_id = @actorId and route = @route and idempotency_key = @key";

    /// <summary>Begins: of two who try, one gets true. On Postgres the other waits for the first one's commit.</summary>
    public static async Task<bool> TryBeginIdempotentAsync(
        this Session session,
        IdempotencyRecord record,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync(
                $"""
                insert into idempotency ({Columns})
                values (@ActorId, @Route, @Key, @RequestHash, @Status, @Body, @CreatedAt)
                on conflict do nothing
                """,
                record,
                ct
            )
            .ConfigureAwait(false) == 1;

    /// <summary>What is kept; null when nothing is.</summary>
    public static async Task<IdempotencyRecord?> GetIdempotentAsync(
        this Session session,
        string actorId,
        string route,
        string key,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<Row>(
                $"select {Columns} from idempotency where {Identity}",
                new
                {
                    actorId,
                    route,
                    key,
                },
                ct
            )
            .ConfigureAwait(false);
        return row is null
            ? null
            : new IdempotencyRecord(
                row.ActorId,
                row.Route,
                row.IdempotencyKey,
                row.RequestHash,
                row.Status,
                row.Body,
                row.CreatedAt
            );
    }

    /// <summary>Keeps the answer, in the transaction of what it tells of.</summary>
    /// <returns>False when it is no longer in flight: somebody took it over, so this transaction must not commit.</returns>
    public static async Task<bool> CompleteIdempotentAsync(
        this Session session,
        string actorId,
        string route,
        string key,
        int status,
        string body,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync(
                $"update idempotency set status = @status, body = @body where {Identity} and status is null",
                new
                {
                    actorId,
                    route,
                    key,
                    status,
                    body,
                },
                ct
            )
            .ConfigureAwait(false) == 1;

    /// <summary>Forgets one that came to nothing, so that it may be tried again; never one that was answered.</summary>
    public static Task ForgetIdempotentAsync(
        this Session session,
        string actorId,
        string route,
        string key,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            $"delete from idempotency where {Identity} and status is null",
            new
            {
                actorId,
                route,
                key,
            },
            ct
        );

    /// <summary>Forgets one that is too old to be repeated, or was in flight too long to have come to anything.</summary>
    public static Task ForgetStaleIdempotentAsync(
        this Session session,
        IdempotencyRecord identity,
        DateTimeOffset answeredBefore,
        DateTimeOffset begunBefore,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            $"""
            delete from idempotency where {Identity}
              and (created_at < @answeredBefore or (status is null and created_at < @begunBefore))
            """,
            new
            {
                actorId = identity.ActorId,
                route = identity.Route,
                key = identity.Key,
                answeredBefore,
                begunBefore,
            },
            ct
        );

    /// <summary>Forgets old ones, answered or not.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneIdempotentAsync(
        this Session session,
        DateTimeOffset before,
        CancellationToken ct = default
    ) => session.PruneAsync("idempotency", "created_at < @before", before, ct);

    private sealed class Row
    {
        public string ActorId { get; set; } = "";
        public string Route { get; set; } = "";
        public string IdempotencyKey { get; set; } = "";
        public byte[] RequestHash { get; set; } = [];
        public int? Status { get; set; }
        public string? Body { get; set; }
        public DateTimeOffset CreatedAt { get; set; }
    }
}
