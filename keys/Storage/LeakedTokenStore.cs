namespace Gateway.Keys.Storage;

/// <summary>An operator's token that others know. Never holds the token.</summary>
/// <param name="TokenHash">Its SHA-256.</param>
/// <param name="OperatorId">Whose it was.</param>
/// <param name="At">When that was reported first.</param>
public sealed record LeakedToken(byte[] TokenHash, string OperatorId, DateTimeOffset At);

/// <summary>Operators' tokens that are refused because others know them.</summary>
public static class LeakedTokenStore
{
    private const string Columns = "token_hash, operator_id, at";

    /// <summary>Notes one.</summary>
    /// <returns>False when it was noted before.</returns>
    public static async Task<bool> TryInsertLeakedTokenAsync(
        this Session session,
        LeakedToken token,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync(
                $"insert into leaked_tokens ({Columns}) values (@TokenHash, @OperatorId, @At) on conflict do nothing",
                token,
                ct
            )
            .ConfigureAwait(false) == 1;

    /// <summary>The one with this hash; null when there is none. The caller compares the hash once more in fixed time.</summary>
    public static async Task<LeakedToken?> FindLeakedTokenAsync(
        this Session session,
        byte[] hash,
        CancellationToken ct = default
    ) =>
        (
            await session
                .QueryAsync(
                    (Row r) => new LeakedToken(r.TokenHash, r.OperatorId, r.At),
                    $"select {Columns} from leaked_tokens where token_hash = @hash",
                    new { hash },
                    ct
                )
                .ConfigureAwait(false)
        ).FirstOrDefault();

    private sealed class Row
    {
        public byte[] TokenHash { get; set; } = [];
        public string OperatorId { get; set; } = "";
        public DateTimeOffset At { get; set; }
    }
}
