using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>POST …/api-keys/revoke-all</c>: ends every key of the account, in one change.</summary>
public static class RevokeAllKeys
{
    private const int Ok = StatusCodes.Status200OK;

    /// <summary>What is asked for.</summary>
    /// <param name="Confirmation">The account's name.</param>
    public sealed record Request(string? Confirmation)
    {
        internal static Request Read(Fields fields) => new(fields.Text("confirmation"));
    }

    /// <summary>What is answered.</summary>
    /// <param name="ApiKeys">The keys that were revoked now.</param>
    public sealed record Response(IReadOnlyList<KeyReference> ApiKeys) : Answer;

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapPost("/revoke-all", Exchange.Write<Request, Response>(Ok, Request.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Accepts<Request>("application/json")
            .Produces<Envelope<Response>>()
            .Takes(Parameters.Wait, Parameters.IdempotencyKey)
            .Refuses(400, "CONFIRMATION_MISMATCH", "SELF_MODIFICATION")
            .Example(
                """
                { "confirmation": "Acme" }
                """
            )
            .Describe("revokeAllApiKeys", Tags.Keys, "Revoke every API key");

    /// <summary>Ends every key of the caller's account.</summary>
    public static Task<Outcome<Written<Response>>> RunAsync(AdminServices admin, Caller caller, Request request) =>
        admin.WriteAsync<Response>(
            caller,
            Ok,
            async (session, account, current) =>
            {
                // It is one of them.
                if (current.Actor.Type == ActorType.Key)
                    return Problems.SelfModification();
                if (!string.Equals(request.Confirmation, account.Name, StringComparison.Ordinal))
                    return Problems.ConfirmationMismatch("account");
                var keys = await session.ListUnrevokedKeysAsync(account.Id);
                var refused = keys.Select(k => Authority.RefuseTarget(admin, current.Actor, k));
                return refused.FirstOrDefault(p => p is not null) is { } excess
                    ? excess
                    : await RevokeAsync(session, admin, current, keys);
            }
        );

    private static async Task<Written<Response>> RevokeAsync(
        Session session,
        AdminServices admin,
        Caller caller,
        List<KeyRecord> keys
    )
    {
        var now = admin.Clock.Now();
        if (keys.Count == 0)
            return new Written<Response>(new Response([]), await session.GetHeadAsync());
        var change = await session.AppendChangeAsync(ChangeKinds.AccountKeysRevoked, caller.AccountId);
        foreach (var key in keys)
        {
            var revoked = key with
            {
                RevokedAt = now,
                RevokedBy = caller.Actor.Id,
                RevokedChange = change,
                UpdatedAt = now,
                Version = key.Version + 1,
            };
            await session.UpdateKeyAsync(revoked);
            var (before, after) = (KeyView.Of(key, now), KeyView.Of(revoked, now));
            await session.AuditAsync(admin, caller, "key.revoke", key.Id, before, after);
        }
        var references = keys.ConvertAll(k => new KeyReference(k.Id, k.Name, KeyStatus.Revoked));
        return new Written<Response>(new Response(references), change);
    }
}
