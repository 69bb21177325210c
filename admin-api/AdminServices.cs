using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What every operation works with; one per process, safe to share.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Database">The store.</param>
/// <param name="KeyFormat">How keys look.</param>
/// <param name="KeyHasher">How keys are stored.</param>
/// <param name="Fleet">Knows when a change is in force everywhere.</param>
/// <param name="Hint">Tells gateways to look at once; null when there is no Redis.</param>
/// <param name="Clock">The time.</param>
public sealed record AdminServices(
    AdminSettings Settings,
    Database Database,
    KeyFormat KeyFormat,
    KeyHasher KeyHasher,
    FleetWatch Fleet,
    RedisHint? Hint,
    TimeProvider Clock
)
{
    /// <summary>What a key may do, and where: the measure of what it may give away.</summary>
    public Reach ReachOf(KeyRecord key) => Reach.Of(key, Settings.Roles, Settings.Keys);

    /// <summary>A key as answers show it: also what it may do, which its record alone does not say.</summary>
    public KeyView ViewOf(KeyRecord key, DateTimeOffset now) =>
        KeyView.Of(key, now) with
        {
            Grants = Settings.Roles.Effective(key, Settings.Keys).Names,
        };
}
