namespace Gateway.Keys.Storage;

/// <summary>What a key is found by.</summary>
/// <param name="Id">The key's id.</param>
/// <param name="Hash">What it is stored under.</param>
/// <param name="PepperId">The pepper the hash was made with; null for none.</param>
/// <param name="KeyPrefix">Its display prefix.</param>
public sealed record HashedKey(string Id, byte[] Hash, string? PepperId, string KeyPrefix);

/// <summary>The hashes of all keys, page by page.</summary>
public static class HashedKeys
{
    /// <summary>
    /// A page of every key there is, revoked ones too, in order of their ids: keys are stored about in that order, so a
    /// page is read from few places, and a row never moves to a page that has been read already.
    /// </summary>
    /// <param name="session">Where to read.</param>
    /// <param name="after">Id of the last key of the page before; empty for the first page.</param>
    /// <param name="limit">How many; fewer are the last page.</param>
    /// <param name="ct">Cancels the read.</param>
    public static Task<List<HashedKey>> ListHashedKeysAsync(
        this Session session,
        string after,
        int limit,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (Row r) => new HashedKey(r.Id, r.KeyHash, r.PepperId, r.KeyPrefix),
            """
            select id, key_hash, pepper_id, key_prefix from api_keys
            where id > @after order by id limit @limit
            """,
            new { after, limit },
            ct
        );

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public byte[] KeyHash { get; set; } = [];
        public string? PepperId { get; set; }
        public string KeyPrefix { get; set; } = "";
    }
}
