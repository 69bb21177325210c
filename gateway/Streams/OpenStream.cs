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
    private volatile CachedKey? _key;
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
        (Policy, KeyId, AccountId, Wallet) = (policy, keyId, accountId, wallet);
    }

    /// <summary>What its route demanded when it was opened.</summary>
    public RoutePolicy Policy { get; }

    /// <summary>Whose stream it is.</summary>
    public string KeyId { get; }

    /// <summary>Whose key that is.</summary>
    public string AccountId { get; }

    /// <summary>Where it comes from.</summary>
    public IPAddress Client { get; }

    /// <summary>The wallet it is about; null when the route names none.</summary>
    public string? Wallet { get; }

    /// <summary>The record it was allowed by last; null until it has been admitted.</summary>
    public CachedKey? Key => _key;

    /// <summary>Checks 4 to 9, by a record of its key.</summary>
    public DenyReason? Judge(CachedKey key, long nowTicks) =>
        Checks.BeforeWallet(key, Policy, nowTicks, Client) ?? Checks.Wallet(key, Policy, Wallet, out _);

    /// <summary>Notes the record it was opened by, unless a change has brought a newer one meanwhile.</summary>
    internal void Admit(CachedKey key) => Interlocked.CompareExchange(ref _key, key, null);

    /// <summary>Notes the record that a change has brought.</summary>
    internal void Renew(CachedKey key) => _key = key;

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
}
