using System.Security.Cryptography;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// What is done about an operator's token that others know. Its operator is removed, whatever <see cref="LeakOptions.Action"/>
/// says and though it be the last: who has the token can do everything. The token of <c>Admin:OperatorToken</c> is a setting
/// that cannot be deleted; it stands in the store as one that is refused, until it is changed.
/// </summary>
public sealed class LeakedTokens(AdminServices admin, AdminMetrics metrics, ILogger<LeakedTokens> log)
{
    /// <summary>Whether the configured operator is refused, because others know its token.</summary>
    public static async Task<bool> IsConfiguredRefusedAsync(Session session, AdminServices admin) =>
        admin.Settings.Admin.OperatorToken is { Length: > 0 } token
        && await FindRefusedAsync(session, OperatorTokens.Hash(token)) is not null;

    /// <summary>Whether it may be an operator's token.</summary>
    public static bool MayBe(AdminServices admin, string secret) =>
        OperatorTokens.IsWellFormed(secret) || IsConfigured(admin, secret);

    /// <summary>Whose token it is, or was when it was reported first; null for nobody's.</summary>
    public static async Task<LeakedToken?> FindAsync(AdminServices admin, string secret)
    {
        var hash = OperatorTokens.Hash(secret);
        if (IsConfigured(admin, secret))
            return new LeakedToken(hash, Actor.ConfiguredOperatorId, admin.Clock.Now());
        return await admin.Database.ReadAsync(async session =>
        {
            var named = await session.FindOperatorByTokenHashAsync(hash);
            return named is not null && CryptographicOperations.FixedTimeEquals(named.TokenHash, hash)
                ? new LeakedToken(hash, named.Id, admin.Clock.Now())
                : await FindRefusedAsync(session, hash);
        });
    }

    /// <summary>Notes where it was found and has it refused from the next call on; what is so already is not done again.</summary>
    /// <param name="caller">Who says so.</param>
    /// <param name="token">The token.</param>
    /// <param name="report">Where it was found.</param>
    public async Task StopAsync(Caller caller, LeakedToken token, LeakReport report)
    {
        // Whoever says so may have stopped their own token: knowing it is right enough.
        var isNew = await admin.Database.WriteAsync(async session =>
        {
            if (!await session.TryInsertLeakedTokenAsync(token))
                return false;
            var (url, source) = (report.PlaceIn(admin.KeyFormat), report.SourceWord);
            var found = new
            {
                token.OperatorId,
                url,
                source,
            };
            await session.AuditAsync(admin, caller, "operator.leak", null, null, found);
            if (await session.GetOperatorAsync(token.OperatorId, session.Dialect.ForUpdate) is { } named)
            {
                await session.DeleteOperatorAsync(named.Id);
                await session.AuditAsync(admin, caller, "operator.remove", null, OperatorView.Of(named), null);
            }
            return true;
        });
        if (!isNew)
            return;
        metrics.CountLeakedToken();
        log.LogError(
            "The token of operator {OperatorId} is known to others and is refused from now on; request {RequestId}",
            token.OperatorId,
            caller.RequestId
        );
    }

    private static bool IsConfigured(AdminServices admin, string secret) =>
        admin.Settings.Admin.OperatorToken is { Length: > 0 } token && OperatorTokens.AreEqual(secret, token);

    private static async Task<LeakedToken?> FindRefusedAsync(Session session, byte[] hash) =>
        await session.FindLeakedTokenAsync(hash) is { } found
        && CryptographicOperations.FixedTimeEquals(found.TokenHash, hash)
            ? found
            : null;
}
