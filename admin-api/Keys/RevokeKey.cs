using Gateway.Keys;

namespace Gateway.Admin;

/// <summary><c>DELETE /v1/api-keys/{id}</c>, or <c>POST …/revoke</c> for clients that cannot send a body with DELETE:
/// ends a key for good. A second time answers with the first receipt.</summary>
public static class RevokeKey
{
    private const int Ok = StatusCodes.Status200OK;

    /// <summary>What is asked for.</summary>
    /// <param name="Confirmation">The key's name: what cannot be undone is not done by a slip.</param>
    public sealed record Request(string? Confirmation)
    {
        /// <summary>Whether what descends from the key is revoked too (<c>?descendants=true</c>).</summary>
        [System.Text.Json.Serialization.JsonIgnore]
        public bool Descendants { get; init; }

        internal static Request Read(Fields fields) => new(fields.Text("confirmation"));
    }

    /// <summary>What is answered.</summary>
    /// <param name="ApiKey">The key.</param>
    /// <param name="Descendants">What descends from it: revoked now if that was asked for, else what is left.</param>
    public sealed record Response(KeyView ApiKey, IReadOnlyList<KeyReference> Descendants) : KeyAnswer(ApiKey);

    /// <summary>Maps both.</summary>
    public static void Map(RouteGroupBuilder keys)
    {
        var run = Exchange.WriteFrom<Request, Response>(Ok, Request.Read, RunAsync);
        Say(keys.MapDelete("/{id}", run)).Describe("revokeApiKey", Tags.Keys, "Revoke an API key");
        Say(keys.MapPost("/{id}/revoke", run))
            .Takes(Parameters.IdempotencyKey)
            .Describe("postRevokeApiKey", Tags.Keys, "Revoke an API key without DELETE");
    }

    private static RouteHandlerBuilder Say(RouteHandlerBuilder endpoint) =>
        endpoint
            .AboutAccount(Permission.Write)
            .Accepts<Request>("application/json")
            .Produces<Envelope<Response>>()
            .Takes(Parameters.Descendants, Parameters.Wait)
            .Refuses(400, "CONFIRMATION_MISMATCH", "SELF_MODIFICATION")
            .Refuses(404, "KEY_NOT_FOUND")
            .Example("""{ "confirmation": "CI deploy key" }""");

    /// <summary>Ends a key.</summary>
    public static Task<Outcome<Written<Response>>> RunAsync(
        AdminServices admin,
        Caller caller,
        string id,
        Request request
    ) =>
        admin.WriteKeyAsync<Response>(
            caller,
            Ok,
            id,
            async write =>
            {
                if (!string.Equals(request.Confirmation, write.Key.Name, StringComparison.Ordinal))
                    return Problems.ConfirmationMismatch("key");
                var below = await Descendants.FindLiveAsync(write.Session, write.Key);
                if (request.Descendants && await RefuseAsync(write, below) is { } problem)
                    return problem;
                return await RevokeAsync(write, below, request.Descendants);
            }
        );

    private static async Task<Outcome<Written<Response>>> RunAsync(
        AdminServices admin,
        Caller caller,
        HttpRequest http,
        Request request
    )
    {
        // The receipt's wait was read on the way in.
        var query = new QueryFields(http.Query);
        _ = query.Text("wait");
        var descendants = query.Flag("descendants");
        return query.Problem() is { } problem
            ? problem
            : await RunAsync(admin, caller, Exchange.IdOf(http), request with { Descendants = descendants });
    }

    private static async Task<Problem?> RefuseAsync(KeyWrite write, List<KeyRecord> below)
    {
        foreach (var key in below)
        {
            var problem =
                await SelfModification.RefuseAsync(write.Session, write.Caller.Actor, key)
                ?? Authority.RefuseTarget(write.Admin, write.Caller.Actor, key);
            if (problem is not null)
                return problem;
        }
        return null;
    }

    private static async Task<Written<Response>> RevokeAsync(KeyWrite write, List<KeyRecord> below, bool all)
    {
        var (revoked, change) = (write.Key, write.Key.RevokedChange);
        if (revoked.RevokedAt is null)
            (revoked, change) = await RevokeAsync(write, write.Key);
        for (var i = 0; all && i < below.Count; i++)
            (below[i], change) = await RevokeAsync(write, below[i]);
        var references = below.ConvertAll(k => KeyReference.Of(k, write.Now));
        return new Written<Response>(new Response(write.Admin.ViewOf(revoked, write.Now), references), change);
    }

    private static async Task<(KeyRecord Key, long? Change)> RevokeAsync(KeyWrite write, KeyRecord key) =>
        await write.SaveAsync(key, "key.revoke", ChangeKinds.KeyRevoked, write.Revoked(key));
}
