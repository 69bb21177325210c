using Gateway.Keys;

namespace Gateway;

/// <summary>
/// What a key may do for a wallet it is bound to, or for whichever of its wallets: what it may do at all and every one
/// of the bindings grants. A binding narrows, it never adds.
/// </summary>
public sealed class WalletGrants
{
    private readonly Grants[] _all;

    /// <summary>Compiles them.</summary>
    /// <param name="key">What the key may do at all.</param>
    /// <param name="bindings">What the bindings grant; those without permissions of their own left out.</param>
    public WalletGrants(Grants key, params IEnumerable<Grants> bindings)
    {
        Grants[] narrower = [.. bindings];
        _all = [key, .. narrower];
        Announced = narrower.Aggregate(key, (grants, binding) => grants.Meet(binding));
    }

    /// <summary>What the upstream is told: the key's own grants when nothing narrows them.</summary>
    public Grants Announced { get; }

    /// <summary>Whether a permission is granted by the key and by every binding.</summary>
    public bool Allows(string permission)
    {
        foreach (var grants in _all)
        {
            if (!grants.Allows(permission))
                return false;
        }
        return true;
    }
}
