using Gateway.Keys;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// Lets a stream in. It is added first, then judged once more by the record as it is now (<see cref="OpenStreams"/> says
/// why in this order), then forwarded: a change may have come between the request's decision and this.
/// </summary>
public sealed class StreamAdmission(
    OpenStreams streams,
    KeyCache cache,
    KeyReader reader,
    Lease lease,
    ChangeFollower follower
)
{
    // As often as the gate looks: a key that changes faster cannot be decided.
    private const int MaxLooks = 3;

    /// <summary>Whether a request looks like gRPC over HTTP/2: its response's headers may come late or never, and it is a
    /// stream from the start.</summary>
    public static bool IsStream(HttpRequest request) =>
        !HttpProtocol.IsHttp11(request.Protocol)
        && request.ContentType is { } type
        && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    /// <summary>Lets the response of a request in that the gate has passed on. Whose it is, the upstream was told.</summary>
    /// <returns>Null: forward it. Else it must not be forwarded.</returns>
    public ValueTask<DenyReason?> AdmitResponseAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        // Nobody but the gate sets them. Without a key the route needs none, and nothing can change that.
        if (Single(headers[Upstream.KeyIdHeader]) is not { } keyId)
            return default;
        // It was let in before it was forwarded.
        if (IsStream(context.Request))
            return default;
        var policy = context.GetEndpoint()!.Metadata.GetMetadata<RoutePolicy>()!;
        var accountId = headers[Upstream.AccountIdHeader].ToString();
        return AdmitAsync(context, policy, keyId, accountId, Single(headers[Upstream.WalletHeader]));
    }

    /// <summary>Lets a stream in.</summary>
    /// <returns>Null: forward it. Else it must not be forwarded, and is not kept.</returns>
    /// <inheritdoc cref="OpenStreams.Add"/>
    public ValueTask<DenyReason?> AdmitAsync(
        HttpContext context,
        RoutePolicy policy,
        string keyId,
        string accountId,
        string? wallet
    )
    {
        var stream = streams.Add(context, policy, keyId, accountId, wallet);
        var now = lease.Now();
        if (lease.Holds(now) && cache.Find(keyId) is { } key)
            return new(Conclude(stream, key, now));
        return new(LookAsync(stream));
    }

    // The record is not in memory, or the lease is over: as in the gate.
    private async Task<DenyReason?> LookAsync(OpenStream stream)
    {
        for (var look = 0; look < MaxLooks; look++)
        {
            if (!lease.Holds(lease.Now()))
            {
                if (!await follower.RenewAsync())
                    return ConcludeStale(stream);
                continue;
            }
            CachedKey? key;
            try
            {
                key = cache.Find(stream.KeyId) ?? await reader.GetAsync(stream.KeyId);
            }
            catch (UndecidedException)
            {
                break;
            }
            var now = lease.Now();
            if (lease.Holds(now))
                return key is null ? Refuse(stream, DenyReason.InvalidApiKey) : Conclude(stream, key, now);
        }
        return Refuse(stream, DenyReason.VerificationUnavailable);
    }

    private DenyReason? Conclude(OpenStream stream, CachedKey key, Moment now)
    {
        if (stream.Judge(key, now.Ticks) is { } reason)
            return Refuse(stream, reason);
        stream.Admit(key);
        return null;
    }

    private DenyReason? ConcludeStale(OpenStream stream)
    {
        var now = lease.Now();
        return cache.Find(stream.KeyId) is { } key && lease.Honours(now, stream.Policy.MaxStaleness)
            ? Conclude(stream, key, now)
            : Refuse(stream, DenyReason.VerificationUnavailable);
    }

    private DenyReason Refuse(OpenStream stream, DenyReason reason)
    {
        streams.Remove(stream);
        return reason;
    }

    private static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;
}
