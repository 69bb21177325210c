using System.Net;
using Gateway.Keys;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary>
/// A stream in flight, and what it was allowed by, so that it can be judged again without its request: the request is
/// its own thread's, and nobody else may look at it. All that others may do is to abort it, and only for as long as it is
/// this request; the server uses the same objects for the next one.
/// </summary>
public sealed class OpenStream : IDisposable
{
    private readonly Lock _gate = new();
    private readonly OpenStreams _streams;
    private readonly IHttpRequestLifetimeFeature _request;
    private CachedKey? _key;
    private Terms _terms;
    private bool _isOver;

    /// <summary>Takes down what a later judgement needs.</summary>
    /// <param name="streams">Where it is kept until it is over.</param>
    /// <param name="context">Its request; call from that request's thread.</param>
    /// <param name="policy">Its route's.</param>
    /// <param name="keyId">Whose stream it is.</param>
    /// <param name="accountId">Whose key that is.</param>
    /// <param name="wallet">The wallet that was judged; null for none.</param>
    internal OpenStream(
        OpenStreams streams,
        HttpContext context,
        RoutePolicy policy,
        string keyId,
        string accountId,
        string? wallet
    )
    {
        _streams = streams;
        _request = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        Client = ClientAddress.Of(context);
        (_terms, KeyId, AccountId) = (new Terms(null, policy, wallet), keyId, accountId);
    }

    /// <summary>What its route demands: as it was opened at first, then as the routes file says.</summary>
    public RoutePolicy Policy => Volatile.Read(ref _terms).Policy;

    /// <summary>Whose stream it is.</summary>
    public string KeyId { get; }

    /// <summary>Whose key that is.</summary>
    public string AccountId { get; }

    /// <summary>Where it comes from.</summary>
    public IPAddress Client { get; }

    /// <summary>The record it was allowed by last; null until it has been admitted.</summary>
    public CachedKey? Key => Volatile.Read(ref _key);

    /// <summary>Checks 4 to 9, by a record of its key.</summary>
    public DenyReason? Judge(CachedKey key, long nowTicks)
    {
        var (_, policy, wallet) = Volatile.Read(ref _terms);
        return Checks.BeforeWallet(key, policy, nowTicks, Client) ?? Checks.Wallet(key, policy, wallet, out _);
    }

    /// <summary>Judges an admitted stream by the routes in force, unless they are those it was judged by last. Its route is
    /// the one of the same id; whether that would still match the request, nobody can tell without it. What needs no key
    /// any more refuses nobody.</summary>
    internal DenyReason? JudgeBy(CheckedRoutes routes, long nowTicks)
    {
        var (by, before, wallet) = Volatile.Read(ref _terms);
        if (ReferenceEquals(by, routes))
            return null;
        if (routes.PolicyOf(before.RouteId) is not { } policy)
            return DenyReason.NoRoute;
        var terms = policy.Anonymous
            ? new Terms(routes, before, wallet)
            // A wallet that is named elsewhere now has not been named.
            : new Terms(routes, policy, policy.Wallet == before.Wallet ? wallet : null);
        // Whoever brings a newer record meanwhile finds these terms, or else this finds the record.
        Interlocked.Exchange(ref _terms, terms);
        return policy.Anonymous ? null : Judge(Key!, nowTicks);
    }

    /// <summary>Notes the record it was opened by, unless a change has brought a newer one meanwhile.</summary>
    internal void Admit(CachedKey key) => Interlocked.CompareExchange(ref _key, key, null);

    /// <summary>Notes the record that a change has brought, and that allows it.</summary>
    /// <returns>Null, unless other routes came into force meanwhile that refuse it.</returns>
    internal DenyReason? Renew(CachedKey key, long nowTicks)
    {
        Interlocked.Exchange(ref _key, key);
        return Judge(key, nowTicks);
    }

    /// <summary>Cuts it off: over HTTP/1.1 its connection, over HTTP/2 the stream alone. Its upstream's side ends with
    /// it.</summary>
    /// <returns>Whether it was still open.</returns>
    internal bool Abort()
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
            _isOver = true;
            _request.Abort();
            return true;
        }
    }

    /// <summary>Its request has ended, one way or another.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isOver = true;
        _streams.Remove(this);
    }

    /// <summary>What it is judged by.</summary>
    /// <param name="Routes">The routes they are of; null for those its request was routed by.</param>
    /// <param name="Policy">Its route's policy.</param>
    /// <param name="Wallet">The wallet it is about; null when the route names none.</param>
    private sealed record Terms(CheckedRoutes? Routes, RoutePolicy Policy, string? Wallet);
}
