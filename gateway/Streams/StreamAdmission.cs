using Gateway.Keys;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
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

    /// <summary>Lets a request in that is a stream from the start.</summary>
    /// <returns>Null: forward it. Else refuse it.</returns>
    /// <inheritdoc cref="OpenStreams.Add"/>
    public async ValueTask<DenyReason?> AdmitAsync(
        HttpContext context,
        RoutePolicy policy,
        CachedKey key,
        string? wallet
    )
    {
        var stream = streams.Add(context, policy, key.Record.Id, key.Record.AccountId, wallet);
        var reason = await JudgeAsync(stream);
        if (reason is not null)
            streams.Remove(stream);
        return reason;
    }

    /// <summary>Lets a response in, of a request that the gate has passed on and put its key's name on. What is
    /// refused now was allowed when it was asked, and the upstream has acted on it: a status that says otherwise would be
    /// wrong. So it ends as a stream does that is refused a moment later.</summary>
    /// <returns>Whether to forward it; it is closed if not.</returns>
    public async ValueTask<bool> AdmitResponseAsync(HttpContext context)
    {
        // Without a key the route needs none, and nothing can change that; what is a stream from the start is in already.
        if (context.Features.Get<UpstreamIdentity>() is not { } identity || IsStream(context.Request))
            return true;
        var policy = context.GetEndpoint()!.Metadata.GetMetadata<RoutePolicy>()!;
        // Nobody but the gate sets it.
        var wallet = Single(context.Request.Headers[Upstream.WalletHeader]);
        var stream = streams.Add(context, policy, identity.KeyId, identity.AccountId, wallet);
        if (await JudgeAsync(stream) is not { } reason)
        {
            LetStall(context);
            return true;
        }
        streams.Close([(stream, reason)]);
        return false;
    }

    // Whoever reads a stream may stop for a while, and nothing is wrong: it has a key, which can be taken away, and its
    // cluster's ActivityTimeout ends it when nothing moves. Over HTTP/2 there is no such feature: that limit is the
    // connection's, which all its streams share.
    private static void LetStall(HttpContext context) =>
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;

    private ValueTask<DenyReason?> JudgeAsync(OpenStream stream)
    {
        var now = lease.Now();
        return lease.Holds(now) && cache.Find(stream.KeyId) is { } key
            ? new(Judge(stream, key, now))
            : new(LookAsync(stream));
    }

    // The record is not in memory, or the lease is over: as in the gate.
    private async Task<DenyReason?> LookAsync(OpenStream stream)
    {
        for (var look = 0; look < MaxLooks; look++)
        {
            if (!lease.Holds(lease.Now()))
            {
                // A renewal may have come through just as the wait for it was over.
                if (!await follower.RenewAsync() && !lease.Holds(lease.Now()))
                    return JudgeStale(stream);
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
                return key is null ? DenyReason.InvalidApiKey : Judge(stream, key, now);
        }
        return DenyReason.VerificationUnavailable;
    }

    private DenyReason? JudgeStale(OpenStream stream)
    {
        var now = lease.Now();
        return cache.Find(stream.KeyId) is { } key && lease.Honours(now, stream.Policy.MaxStaleness)
            ? Judge(stream, key, now)
            : DenyReason.VerificationUnavailable;
    }

    private static DenyReason? Judge(OpenStream stream, CachedKey key, Moment now)
    {
        var reason = stream.Judge(key, now.Ticks);
        if (reason is null)
            stream.Admit(key);
        return reason;
    }

    private static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;
}
