using System.Collections.Frozen;
using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>
/// A key record made ready to be judged: addresses parsed, grants compiled, header values written out. A fact, never a
/// verdict; immutable but for <see cref="IsDead"/>.
/// </summary>
public sealed class CachedKey
{
    private volatile bool _dead;

    /// <summary>Compiles what was read.</summary>
    /// <exception cref="FormatException">The record cannot be understood (by an older binary, say): not decidable here,
    /// which is not the key's fault.</exception>
    public CachedKey(KeyFacts facts, Roles roles, KeyOptions options, KeyEnvironment environment)
    {
        (Record, AccountSuspended, Environment) = (facts.Key, facts.AccountSuspended, environment);
        Usage = new UsageCell(facts.Key.Id);
        if (facts.Key.RateLimit is { } limit)
            Limit = new KeyLimit(facts.Key.LineId, limit);
        Grants = roles.Effective(facts.Key, options);
        AllowedIps = ParseIps(facts.Key);
        EndsTicks = Math.Min(Ticks(facts.Key.ExpiresAt), Ticks(facts.Key.RotationDeadline));
        Wallets = Bindings(facts.Key);
        EveryWallet = new WalletGrants(Grants, Wallets is null ? [] : Narrowed(facts.Key.WalletBindings));
        Identity = UpstreamIdentity.Of(this, roles);
    }

    /// <summary>As stored.</summary>
    public KeyRecord Record { get; }

    /// <summary>Whether the account's keys are stopped.</summary>
    public bool AccountSuspended { get; }

    /// <summary>The environment of the key.</summary>
    public KeyEnvironment Environment { get; }

    /// <summary>What the key may do.</summary>
    public Grants Grants { get; }

    /// <summary>Where it may be used from; null for anywhere.</summary>
    public IpRanges? AllowedIps { get; }

    /// <summary>The instant (UTC ticks) from which it is refused: expiry or rotation deadline, whichever is first.</summary>
    public long EndsTicks { get; }

    /// <summary>Wallets of a <c>selected</c> key with what it may do for each; null for <c>all</c>.</summary>
    public FrozenDictionary<string, WalletGrants>? Wallets { get; }

    /// <summary>What holds for every wallet of the key: where the upstream says which wallet a request is about.</summary>
    public WalletGrants EveryWallet { get; }

    /// <summary>What the upstream is told of it.</summary>
    public UpstreamIdentity Identity { get; }

    /// <summary>Where its use is counted.</summary>
    public UsageCell Usage { get; }

    /// <summary>How often it may be used; null for as often as it likes.</summary>
    public KeyLimit? Limit { get; }

    /// <summary>What it has spent of its budget of refusals. A record that is read again begins anew.</summary>
    internal long Refusals;

    /// <summary>What the cache finds it by.</summary>
    internal string Index { get; set; } = "";

    /// <summary>Its place there, and whether it was asked for since it was last looked at (<see cref="KeyTable"/>).</summary>
    internal int Place { get; set; }

    /// <inheritdoc cref="Place"/>
    internal bool WasAsked { get; set; }

    /// <summary>Set as a change to the key or its account is applied: a look-up that still holds it reads again.</summary>
    public bool IsDead => _dead;

    /// <summary>Marks it as changed.</summary>
    public void Kill() => _dead = true;

    /// <summary>Whether the key may be used from this address.</summary>
    public bool Allows(IPAddress address) => AllowedIps is null || AllowedIps.Contains(address);

    private static long Ticks(DateTimeOffset? instant) => instant?.UtcTicks ?? long.MaxValue;

    private static IpRanges? ParseIps(KeyRecord key)
    {
        if (key.AllowedIps is null)
            return null;
        var problems = new List<string>();
        var ranges = IpRanges.Parse(key.AllowedIps, problems);
        return problems.Count == 0 ? ranges : throw new FormatException("the record cannot be read: allowedIps");
    }

    private FrozenDictionary<string, WalletGrants>? Bindings(KeyRecord key) =>
        key.WalletScope == WalletScope.All
            ? null
            : key.WalletBindings.ToFrozenDictionary(
                b => b.WalletId,
                b => new WalletGrants(Grants, Narrowed([b])),
                StringComparer.Ordinal
            );

    // A binding that cannot be read grants nothing.
    private static IEnumerable<Grants> Narrowed(IEnumerable<WalletBinding> bindings) =>
        bindings
            .Where(b => b.Permissions is not null)
            .Select(b => Grants.Parse(b.Permissions!, false, [], "walletBindings"));
}
