using System.Text.Json.Serialization;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/api-keys/{id}</c>: one key, with its ETag.</summary>
public static class GetKey
{
    /// <summary>What is answered.</summary>
    public sealed record Response(KeyView ApiKey) : IVersioned
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public long Version => ApiKey.Version;
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapGet("/{id}", Exchange.Read((admin, caller, http) => RunAsync(admin, caller, Exchange.IdOf(http))))
            .AboutAccount(Permission.Read)
            .Produces<Envelope<Response>>()
            .Refuses(404, "KEY_NOT_FOUND")
            .Describe("getApiKey", Tags.Keys, "Read an API key");

    /// <summary>Finds a key of the caller's account.</summary>
    public static async Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller, string id)
    {
        var key = await admin.Database.ReadAsync(s => s.GetKeyAsync(id));
        return key is not null && string.Equals(key.AccountId, caller.AccountId, StringComparison.Ordinal)
            ? new Response(admin.ViewOf(key, admin.Clock.Now()))
            : Problems.KeyNotFound();
    }
}
