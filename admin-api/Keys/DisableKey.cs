using Gateway.Keys;

namespace Gateway.Admin;

/// <summary><c>POST /v1/api-keys/{id}/disable</c>: switches a key off, reversibly.</summary>
public static class DisableKey
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapPost("/{id}/disable", Exchange.Write<EmptyRequest, KeyAnswer>(Ok, EmptyRequest.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Produces<Envelope<KeyAnswer>>()
            .Takes(Parameters.Wait, Parameters.IdempotencyKey)
            .Refuses(400, "SELF_MODIFICATION")
            .Refuses(404, "KEY_NOT_FOUND")
            .Refuses(409, "KEY_REVOKED")
            .Describe("disableApiKey", Tags.Keys, "Switch an API key off");

    private const int Ok = StatusCodes.Status200OK;

    /// <summary>Switches a key off.</summary>
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
                if (write.Key.DisabledAt is not null)
                    return await write.NothingToDoAsync();
                var disabled = write.Key with { DisabledAt = write.Now };
                return await write.SaveAsync("key.disable", ChangeKinds.KeyUpdated, disabled);
            }
        );
}
