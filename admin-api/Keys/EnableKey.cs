using Gateway.Keys;

namespace Gateway.Admin;

/// <summary><c>POST /v1/api-keys/{id}/enable</c>: switches a key on again.</summary>
public static class EnableKey
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapPost("/{id}/enable", Exchange.Write<EmptyRequest, KeyAnswer>(Ok, EmptyRequest.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Produces<Envelope<KeyAnswer>>()
            .Takes(Parameters.Wait, Parameters.IdempotencyKey)
            .Refuses(400, "SELF_MODIFICATION")
            .Refuses(404, "KEY_NOT_FOUND")
            .Refuses(409, "KEY_REVOKED", "KEY_LIMIT_REACHED")
            .Describe("enableApiKey", Tags.Keys, "Switch an API key on again");

    private const int Ok = StatusCodes.Status200OK;

    /// <summary>Switches a key on again.</summary>
    public static Task<Outcome<Written<KeyAnswer>>> RunAsync(
        AdminServices admin,
        Caller caller,
        string id,
        EmptyRequest request
    ) =>
        admin.WriteKeyAsync<KeyAnswer>(
            caller,
            Ok,
            id,
            async write =>
            {
                if (write.Key.RevokedAt is not null)
                    return Problems.KeyRevoked();
                if (write.Key.DisabledAt is null)
                    return await write.NothingToDoAsync();
                // A disabled key counts already: what refuses it is a limit that was lowered meanwhile.
                if (!await KeyRules.HasRoomAsync(write.Session, admin, write.Account, more: 0))
                    return Problems.KeyLimitReached(KeyRules.LimitOf(admin, write.Account));
                return await write.SaveAsync(
                    "key.enable",
                    ChangeKinds.KeyUpdated,
                    write.Key with
                    {
                        DisabledAt = null,
                    }
                );
            }
        );
}
