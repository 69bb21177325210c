using Gateway.Keys;

namespace Gateway.Admin;

/// <summary><c>POST /v1/api-keys/{id}/disable</c> and <c>/enable</c>: switches a key off, reversibly, and on
/// again.</summary>
public static class SwitchKey
{
    private const int Ok = StatusCodes.Status200OK;

    /// <summary>Maps both.</summary>
    public static void Map(RouteGroupBuilder keys)
    {
        Say(keys.MapPost("/{id}/disable", Exchange.Write<EmptyRequest, KeyAnswer>(Ok, EmptyRequest.Read, DisableAsync)))
            .Refuses(409, "KEY_REVOKED")
            .Describe("disableApiKey", Tags.Keys, "Switch an API key off");
        Say(keys.MapPost("/{id}/enable", Exchange.Write<EmptyRequest, KeyAnswer>(Ok, EmptyRequest.Read, EnableAsync)))
            .Refuses(409, "KEY_REVOKED", "KEY_LIMIT_REACHED")
            .Describe("enableApiKey", Tags.Keys, "Switch an API key on again");
    }

    private static RouteHandlerBuilder Say(RouteHandlerBuilder endpoint) =>
        endpoint
            .AboutAccount(Permission.Write)
            .Produces<Envelope<KeyAnswer>>()
            .Takes(Parameters.Wait, Parameters.IdempotencyKey)
            .Refuses(400, "SELF_MODIFICATION")
            .Refuses(404, "KEY_NOT_FOUND");

    /// <summary>Switches a key off.</summary>
    public static Task<Outcome<Written<KeyAnswer>>> DisableAsync(
        AdminServices admin,
        Caller caller,
        string id,
        EmptyRequest request
    ) => SwitchAsync(admin, caller, id, on: false);

    /// <summary>Switches a key on again.</summary>
    public static Task<Outcome<Written<KeyAnswer>>> EnableAsync(
        AdminServices admin,
        Caller caller,
        string id,
        EmptyRequest request
    ) => SwitchAsync(admin, caller, id, on: true);

    private static Task<Outcome<Written<KeyAnswer>>> SwitchAsync(
        AdminServices admin,
        Caller caller,
        string id,
        bool on
    ) =>
        admin.WriteKeyAsync<KeyAnswer>(
            caller,
            Ok,
            id,
            async write =>
            {
                if (write.Key.RevokedAt is not null)
                    return Problems.KeyRevoked();
                var isOn = write.Key.DisabledAt is null;
                if (on == isOn)
                    return await write.NothingToDoAsync();
                // A disabled key counts already: what refuses it is a limit that was lowered meanwhile.
                if (on && await KeyRules.RefuseMoreAsync(write.Session, admin, write.Account, more: 0) is { } full)
                    return full;
                var switched = write.Key with { DisabledAt = on ? null : write.Now };
                return await write.SaveAsync(on ? "key.enable" : "key.disable", ChangeKinds.KeyUpdated, switched);
            }
        );
}
