using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What is noted of every write, in its own transaction.</summary>
public static class AuditTrail
{
    /// <summary>Notes in the audit log what was done; in the same transaction.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who did it.</param>
    /// <param name="action">What was done, such as <c>key.revoke</c>.</param>
    /// <param name="keyId">To which key; null for none.</param>
    /// <param name="before">The object as the API shows it, before; null when it was made. Of a change, only what
    /// differs is kept.</param>
    /// <param name="after">The same, after; null when it was removed. Neither has a secret in it.</param>
    public static Task AuditAsync(
        this Session session,
        AdminServices admin,
        Caller caller,
        string action,
        string? keyId,
        object? before,
        object? after
    )
    {
        var (old, now) = Differences(before, after);
        return session.AppendAuditAsync(
            new AuditEntry(
                Ids.New(Ids.Audit, admin.Clock),
                admin.Clock.Now(),
                caller.Actor.Type.ToString().ToLowerInvariant(),
                caller.Actor.Id,
                caller.Actor.Name,
                action,
                caller.AccountId.Length == 0 ? null : caller.AccountId,
                keyId,
                caller.Ip.Equals(IPAddress.None) ? null : caller.Ip.ToString(),
                caller.RequestId,
                old?.ToJsonString(Json.Options),
                now?.ToJsonString(Json.Options)
            )
        );
    }

    private static (JsonObject? Before, JsonObject? After) Differences(object? before, object? after)
    {
        var old = before is null ? null : JsonSerializer.SerializeToNode(before, Json.Options)!.AsObject();
        var now = after is null ? null : JsonSerializer.SerializeToNode(after, Json.Options)!.AsObject();
        if (old is null || now is null)
            return (old, now);
        foreach (var name in old.Select(p => p.Key).ToList())
        {
            if (!JsonNode.DeepEquals(old[name], now[name]))
                continue;
            old.Remove(name);
            now.Remove(name);
        }
        return (old, now);
    }
}
