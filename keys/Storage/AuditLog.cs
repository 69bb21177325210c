namespace Gateway.Keys.Storage;

/// <summary>One entry of the audit log: who did what to what. Never holds a secret or a hash.</summary>
/// <param name="Id"><c>aud_</c> and a sortable id.</param>
/// <param name="At">When.</param>
/// <param name="ActorType"><c>operator</c>, <c>key</c> or <c>person</c>.</param>
/// <param name="ActorId">The actor's id.</param>
/// <param name="ActorName">The actor's name at the time.</param>
/// <param name="Action">What was done, such as <c>key.revoke</c>.</param>
/// <param name="AccountId">Whose log it belongs to; null for what concerns operators alone.</param>
/// <param name="KeyId">The key it was done to.</param>
/// <param name="Ip">Where the actor called from.</param>
/// <param name="RequestId">The request.</param>
/// <param name="Before">JSON text of the object before; null when it was made.</param>
/// <param name="After">JSON text of the object after; null when it was removed.</param>
public sealed record AuditEntry(
    string Id,
    DateTimeOffset At,
    string ActorType,
    string ActorId,
    string ActorName,
    string Action,
    string? AccountId = null,
    string? KeyId = null,
    string? Ip = null,
    string? RequestId = null,
    string? Before = null,
    string? After = null
);

/// <summary>What a reading of the log asks for; null filters nothing.</summary>
/// <param name="AccountId">Only this account's.</param>
/// <param name="KeyId">Only what was done to this key.</param>
/// <param name="ActorId">Only what this actor did.</param>
/// <param name="From">Only from this instant on.</param>
/// <param name="Limit">How many.</param>
/// <param name="After">Cursor: the id of the last entry seen.</param>
/// <param name="Action">Only what was done so, such as <c>key.revoke</c>.</param>
/// <param name="To">Only from before this instant.</param>
public sealed record AuditQuery(
    string? AccountId = null,
    string? KeyId = null,
    string? ActorId = null,
    DateTimeOffset? From = null,
    int Limit = 50,
    string? After = null,
    string? Action = null,
    DateTimeOffset? To = null
);

/// <summary>The audit log: appended to in the transaction of what it tells of.</summary>
public static class AuditLog
{
    private const string Columns =
        "id, at, actor_type, actor_id, actor_name, action, account_id, key_id, ip, request_id, before, after";

    /// <summary>Appends an entry.</summary>
    public static Task AppendAuditAsync(this Session session, AuditEntry entry, CancellationToken ct = default) =>
        session.ExecuteAsync(
            $"""
            insert into audit_entries ({Columns})
            values (@Id, @At, @ActorType, @ActorId, @ActorName, @Action, @AccountId, @KeyId, @Ip, @RequestId,
              @Before, @After)
            """,
            entry,
            ct
        );

    /// <summary>Entries, newest first.</summary>
    public static Task<List<AuditEntry>> ListAuditAsync(
        this Session session,
        AuditQuery query,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (Row r) => r.ToEntry(),
            $"""
            select {Columns} from audit_entries where 1 = 1
            {(query.AccountId is null ? "" : "and account_id = @AccountId")}
            {(query.KeyId is null ? "" : "and key_id = @KeyId")}
            {(query.ActorId is null ? "" : "and actor_id = @ActorId")}
            {(query.From is null ? "" : "and at >= @From")}
            {(query.Action is null ? "" : "and action = @Action")}
            {(query.To is null ? "" : "and at < @To")}
            {(query.After is null ? "" : "and id < @After")}
            order by id desc limit @Limit
            """,
            query,
            ct
        );

    /// <summary>Forgets old entries.</summary>
    /// <returns>How many; at most <see cref="Dialect.RowsPerTransaction"/>, so call again until it is 0.</returns>
    public static Task<int> PruneAuditAsync(
        this Session session,
        DateTimeOffset before,
        CancellationToken ct = default
    ) => session.PruneAsync("audit_entries", "at < @before", before, ct);

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public DateTimeOffset At { get; set; }
        public string ActorType { get; set; } = "";
        public string ActorId { get; set; } = "";
        public string ActorName { get; set; } = "";
        public string Action { get; set; } = "";
        public string? AccountId { get; set; }
        public string? KeyId { get; set; }
        public string? Ip { get; set; }
        public string? RequestId { get; set; }
        public string? Before { get; set; }
        public string? After { get; set; }

        public AuditEntry ToEntry() =>
            new(Id, At, ActorType, ActorId, ActorName, Action, AccountId, KeyId, Ip, RequestId, Before, After);
    }
}
