using System.Net;
using System.Runtime.InteropServices;
using Gateway.Keys;
using Gateway.Listeners;

namespace Gateway;

/// <summary>
/// The way of a request, from its route to its upstream. Read this file first.
/// <code>
///   RequestGuard (0) → routing (1) → KeyGate → YARP
///
///   2  credential present                                    401
///   3  well-formed, checksum right, known                    401
///        held under a lease?  judge at once
///        else                 renew, poll before a key       503 when it cannot be decided
///                             is called unknown, look up
///   4-9  Checks: state, account, environment, address, permissions, wallet
///   10   RateLimiter, for keys that have a limit              429
///   →  identity headers, cluster, count, forward
/// </code>
/// Three answers, never two: allowed, denied for a reason, could not decide. The first line of the slow path is reached
/// only when the lease is over or the key is not in memory; the fast path takes no lock, does no I/O and allocates
/// nothing for the decision.
/// </summary>
public sealed partial class KeyGate(
    KeyFormat format,
    KeyCache cache,
    Lease lease,
    ChangeFollower follower,
    ClientAddress addresses,
    UsageRecorder usage,
    Decisions decisions,
    Upstream upstream,
    StreamAdmission streams,
    RateLimiter limiter,
    RefusalBudgets budgets,
    KeylessRequests keyless,
    Strangers strangers,
    GatewayOptions options,
    ILogger<KeyGate> log
)
{
    // A key that changes between look-up and decision is looked up again; more often than this it cannot be decided.
    private const int MaxLooks = 3;

    /// <summary>Judges a request whose route is known, and forwards it or refuses it.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var policy = context.GetEndpoint()!.Metadata.GetMetadata<RoutePolicy>()!;
        var request = new Judged(context, next, policy, lease.Now());
        var escapes = RequestGuard.EscapesOf(context);
        if (!escapes.IsWithin(policy.AllowEncoded))
            return Refuse(request, DenyReason.BadRequest);
        if (!addresses.TryResolve(context, out var client))
            return Refuse(request, DenyReason.BadRequest);
        if (policy.Anonymous)
            return ForwardKeylessAsync(request, client);

        // 2
        if (Credential.Read(context.Request.Headers, options.ApiKeyHeader, out var credential) is { } refusal)
            return Refuse(request, refusal);
        if (credential.IsEmpty)
            return Refuse(request, DenyReason.Unauthorized);

        // 3
        if (!format.TryParse(credential, out _))
            return Refuse(request, DenyReason.InvalidApiKey);
        Span<char> index = stackalloc char[KeyIndex.Length / sizeof(char)];
        KeyIndex.Compute(credential, MemoryMarshal.AsBytes(index));
        if (lease.Holds(request.Moment) && cache.TryGet(index, out var key))
            return Conclude(request, key, client);
        return LookUpAsync(request, index.ToString(), new Presented(credential.ToString()), client);
    }

    // The key is not in memory, or the lease is over.
    private async Task LookUpAsync(Judged request, string index, Presented credential, IPAddress client)
    {
        for (var look = 0; look < MaxLooks; look++)
        {
            request = request with { Moment = lease.Now() };
            if (!lease.Holds(request.Moment))
            {
                // A renewal may have come through just as the wait for it was over.
                if (!await follower.RenewAsync() && !lease.Holds(lease.Now()))
                {
                    await ConcludeStale(request, index, client);
                    return;
                }
                continue;
            }
            if (cache.TryGet(index, out var key))
            {
                await Conclude(request, key, client);
                return;
            }
            try
            {
                // It may have been made a moment ago, and its maker told so: before it is called unknown, whatever had
                // been committed when it was presented is applied.
                var aborted = request.Context.RequestAborted;
                if (cache.IsExcluded(credential) && !await follower.CatchUpAsync().WaitAsync(aborted))
                    throw new UndecidedException("the store does not say whether the key is new");
                key = await cache.FindAsync(index, credential).WaitAsync(aborted);
            }
            catch (UndecidedException e)
            {
                LogUndecided(e.Message, e.InnerException?.GetType().Name);
                break;
            }
            catch (OperationCanceledException)
            {
                // The caller has hung up: nobody is there to be answered.
                return;
            }
            // The look-up took its time: only what still holds now is judged on.
            request = request with
            {
                Moment = lease.Now(),
            };
            if (lease.Holds(request.Moment) && key is not { IsDead: true })
            {
                await Conclude(request, key, client);
                return;
            }
        }
        await Refuse(request, DenyReason.VerificationUnavailable);
    }

    // 4-9 under a lease.
    private Task Conclude(Judged request, CachedKey? key, IPAddress client)
    {
        if (key is null)
            return RefuseUnknown(request, client);
        var verdict = Judge(key, request, client);
        return verdict.Reason is { } reason ? Refuse(request, reason, key) : Forward(request, key, verdict);
    }

    // Past the lease, with the store out of reach: a cached accept is honoured for as long as the route allows; a cached
    // refusal only when no change could lift it; everything else cannot be decided.
    private Task ConcludeStale(Judged request, string index, IPAddress client)
    {
        request = request with { Moment = lease.Now() };
        if (!cache.TryGet(index, out var key) || key is null)
            return Refuse(request, DenyReason.VerificationUnavailable);
        var verdict = Judge(key, request, client);
        if (verdict.IsFinal)
            return Refuse(request, verdict.Reason!.Value, key);
        return verdict.Reason is null && lease.Honours(request.Moment, request.Policy.MaxStaleness)
            ? Forward(request, key, verdict)
            : Refuse(request, DenyReason.VerificationUnavailable, key);
    }

    /// <summary>Checks 4 to 9, in order.</summary>
    internal static Verdict Judge(
        CachedKey key,
        RoutePolicy policy,
        HttpContext context,
        long nowTicks,
        IPAddress client,
        EdgeRules without = EdgeRules.None
    )
    {
        var reason = Checks.BeforeWallet(key, policy, nowTicks, client, without);
        if (reason is not null)
            return new Verdict(reason, null, key.Grants);
        reason = Checks.Wallet(key, policy, context, without, out var wallet, out var grants);
        return new Verdict(reason, wallet, grants);
    }

    private Verdict Judge(CachedKey key, Judged request, IPAddress client) =>
        Judge(key, request.Policy, request.Context, request.Moment.Ticks, client, upstream.Without);

    private Task Forward(Judged request, CachedKey? key, Verdict verdict) =>
        key?.Limit is { } limit ? Limit(request, key, verdict, limit) : Admit(request, key, verdict);

    // 10
    private Task Limit(Judged request, CachedKey key, Verdict verdict, KeyLimit limit)
    {
        var asked = limiter.AskAsync(limit, request.Moment.Timestamp);
        return asked.IsCompletedSuccessfully
            ? Limit(request, key, verdict, asked.Result)
            : LimitAsync(request, key, verdict, asked);
    }

    private async Task LimitAsync(Judged request, CachedKey key, Verdict verdict, ValueTask<LimitAnswer> asked) =>
        await Limit(request, key, verdict, await asked);

    private Task Limit(Judged request, CachedKey key, Verdict verdict, LimitAnswer answer)
    {
        if (answer.Admitted)
            return Admit(request, key, verdict);
        RateLimiter.Write(request.Context.Response.Headers, LimitFields.Key, key.Limit!.Policy, answer);
        return Refuse(request, DenyReason.RateLimited, key);
    }

    private async Task ForwardKeylessAsync(Judged request, IPAddress client)
    {
        if (!keyless.TryEnter(request.Context.Request, client, out var place))
        {
            await Refuse(request, DenyReason.Overloaded);
            return;
        }
        try
        {
            await Forward(request, null, default);
        }
        finally
        {
            keyless.Leave(place);
        }
    }

    private Task Admit(Judged request, CachedKey? key, Verdict verdict) =>
        key is not null && StreamAdmission.IsStream(request.Context.Request)
            ? ForwardStreamAsync(request, key, verdict)
            : Pass(request, key, verdict);

    // Other streams are known by their response's headers, and admitted as those come.
    private async Task ForwardStreamAsync(Judged request, CachedKey key, Verdict verdict)
    {
        var reason = await streams.AdmitAsync(request.Context, request.Policy, key, verdict.Wallet);
        await (reason is { } refusal ? Refuse(request, refusal, key) : Pass(request, key, verdict));
    }

    private Task Pass(Judged request, CachedKey? key, Verdict verdict)
    {
        if (options.AccessLog)
            AccessLog.Note(request.Context, key);
        if (key is not null)
        {
            strangers.Know(request.Context);
            usage.Accepted(key.Usage, request.Moment);
        }
        decisions.Count(request.Policy, null, request.Started);
        DecisionSpans.Record(request.Policy.RouteId, null, key?.Record.Id, request.Started);
        upstream.Prepare(request.Context, request.Policy, key, verdict);
        if (key?.Limit is not null)
            limiter.Announce(request.Context);
        return request.Next(request.Context);
    }

    private Task RefuseUnknown(Judged request, IPAddress client) =>
        Refuse(request, budgets.ChargeUnknown(request.Context, client, request.Moment.Timestamp));

    private Task Refuse(Judged request, DenyReason reason, CachedKey? key = null)
    {
        reason = budgets.Charge(request.Context, reason, key, request.Moment.Timestamp);
        if (options.AccessLog)
            AccessLog.Note(request.Context, key);
        if (key is not null)
            usage.Refused(key.Usage, reason, request.Moment);
        decisions.Count(request.Policy, reason, request.Started);
        DecisionSpans.Record(request.Policy.RouteId, reason, key?.Record.Id, request.Started);
        LogRefused(Denials.For(reason).Code, request.Policy.RouteId, key?.Record.Id, RequestIds.Of(request.Context));
        return Problems.WriteAsync(request.Context, reason, request.Policy.ScopeText);
    }

    [LoggerMessage(1, LogLevel.Information, "Refused {Reason} on route {Route}, key {KeyId}, request {RequestId}")]
    private partial void LogRefused(string reason, string route, string? keyId, string requestId);

    [LoggerMessage(2, LogLevel.Warning, "Could not decide: {Why} ({Error})")]
    private partial void LogUndecided(string why, string? error);

    /// <summary>A request on its way through this file.</summary>
    private readonly record struct Judged(HttpContext Context, RequestDelegate Next, RoutePolicy Policy, Moment Moment)
    {
        /// <summary>When its decision began; it goes on being judged by <see cref="Moment"/>.</summary>
        public Moment Started { get; } = Moment;
    }
}
