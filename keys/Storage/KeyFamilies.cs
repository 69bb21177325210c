namespace Gateway.Keys.Storage;

/// <summary>Keys by how they came about: rotation lines, and who made whom.</summary>
public static class KeyFamilies
{
    /// <summary>Every key of a rotation line, oldest first.</summary>
    public static Task<List<KeyRecord>> ListLineAsync(
        this Session session,
        string lineId,
        CancellationToken ct = default
    ) => ReadAsync(session, "k.line_id = @lineId", new { lineId }, ct);

    /// <summary>Keys of these rotation lines that were not revoked and whose time is not over, with when they were last used,
    /// newest first: of each line its newest, and its predecessor while that is in its grace period.</summary>
    public static Task<List<KeyRecord>> ListCurrentOfLinesAsync(
        this Session session,
        IReadOnlyCollection<string> lineIds,
        DateTimeOffset now,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (KeyRow r) => r.ToRecord(),
            $"""
            select {KeyRow.Columns}, u.at as last_used_at
            from api_keys k left join last_used u on u.key_id = k.id
            where k.line_id {session.Dialect.AnyOf("lineIds")} and k.revoked_at is null
              and (k.expires_at is null or k.expires_at > @now)
              and (k.rotation_deadline is null or k.rotation_deadline > @now)
            order by k.id desc
            """,
            new { lineIds = lineIds.ToArray(), now },
            ct
        );

    /// <summary>Every key of an account that was not revoked: expired and disabled ones too.</summary>
    public static Task<List<KeyRecord>> ListUnrevokedKeysAsync(
        this Session session,
        string accountId,
        CancellationToken ct = default
    ) => ReadAsync(session, "k.account_id = @accountId and k.revoked_at is null", new { accountId }, ct);

    /// <summary>Keys of an account that these made, and those that succeeded these by rotation; asked again level by
    /// level it gives all that descends from a key.</summary>
    public static Task<List<KeyRecord>> ListOffspringAsync(
        this Session session,
        string accountId,
        IReadOnlyCollection<string> makers,
        IReadOnlyCollection<string> predecessors,
        CancellationToken ct = default
    ) =>
        ReadAsync(
            session,
            $"""
            k.account_id = @accountId and (k.created_by {session.Dialect.AnyOf("makers")}
              or k.rotated_from {session.Dialect.AnyOf("predecessors")})
            """,
            new
            {
                accountId,
                makers = makers.ToArray(),
                predecessors = predecessors.ToArray(),
            },
            ct
        );

    /// <summary>Lines of the keys that made keys of these lines.</summary>
    public static Task<List<string>> ListMakerLinesAsync(
        this Session session,
        IReadOnlyCollection<string> lineIds,
        CancellationToken ct = default
    ) =>
        session.QueryAsync<string>(
            $"""
            select distinct m.line_id from api_keys k join api_keys m on m.id = k.created_by
            where k.line_id {session.Dialect.AnyOf("lineIds")}
            """,
            new { lineIds = lineIds.ToArray() },
            ct
        );

    private static Task<List<KeyRecord>> ReadAsync(
        Session session,
        string condition,
        object parameters,
        CancellationToken ct
    ) =>
        session.QueryAsync(
            (KeyRow r) => r.ToRecord(),
            $"select {KeyRow.Columns} from api_keys k where {condition} order by k.id",
            parameters,
            ct
        );
}
