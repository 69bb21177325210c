using System.Collections.Frozen;
using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Extensions.Primitives;

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
        Grants = roles.Effective(facts.Key, options);
        AllowedIps = ParseIps(facts.Key);
        EndsTicks = Math.Min(Ticks(facts.Key.ExpiresAt), Ticks(facts.Key.RotationDeadline));
        Wallets = Bindings(facts.Key);
        EveryWallet = new WalletGrants(Grants, Wallets is null ? [] : Narrowed(facts.Key.WalletBindings));
        Headers = new IdentityHeaders(this, roles);
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
    public IdentityHeaders Headers { get; }

    /// <summary>Where its use is counted.</summary>
    public UsageCell Usage { get; }

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

/// <summary>Values of the identity headers of one key, written out once.</summary>
public sealed class IdentityHeaders
{
    /// <summary>Writes them out.</summary>
    public IdentityHeaders(CachedKey key, Roles roles)
    {
        var record = key.Record;
        (KeyId, AccountId, Environment) = (record.Id, record.AccountId, record.Environment);
        Network = key.Environment.Network;
        Permissions = key.Grants.Text;
        // A role whose grants were narrowed would say more than the key may do.
        if (record.Role is { } role && record.Permissions is null && roles.TryGet(role, out _))
            Role = role;
        if (key.Wallets is not null)
            Wallets = string.Join(' ', record.WalletBindings.Select(b => b.WalletId));
        SigningWallet = record.SigningWalletId;
    }

    /// <summary><c>X-Gateway-Key-Id</c>.</summary>
    public StringValues KeyId { get; }

    /// <summary><c>X-Gateway-Account-Id</c>.</summary>
    public StringValues AccountId { get; }

    /// <summary><c>X-Gateway-Environment</c>.</summary>
    public StringValues Environment { get; }

    /// <summary><c>X-Gateway-Network</c>; empty for none.</summary>
    public StringValues Network { get; }

    /// <summary><c>X-Gateway-Role</c>; empty when narrowed or none.</summary>
    public StringValues Role { get; }

    /// <summary><c>X-Gateway-Permissions</c>: grants, separated by spaces.</summary>
    public StringValues Permissions { get; }

    /// <summary><c>X-Gateway-Wallets</c>: wallets of a <c>selected</c> key; empty for <c>all</c>.</summary>
    public StringValues Wallets { get; }

    /// <summary><c>X-Gateway-Signing-Wallet</c>; empty for none.</summary>
    public StringValues SigningWallet { get; }
}
