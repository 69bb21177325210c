using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>Whether a key is within what an actor holds.</summary>
public static class Authority
{
    /// <summary>Of a key the actor makes, and whose secret it gets: nothing about it may go beyond the actor's own.</summary>
    public static Problem? RefuseMaking(AdminServices admin, Actor actor, KeyRecord key)
    {
        var asked = admin.ReachOf(key);
        return Refuse([.. actor.Reach.ExcessOfAuthority(asked), .. actor.Reach.ExcessOfLimits(asked)]);
    }

    /// <summary>Of a key the actor changes: what the key can do must be within the actor's own before the change.</summary>
    public static Problem? RefuseTarget(AdminServices admin, Actor actor, KeyRecord key) =>
        Refuse([.. actor.Reach.ExcessOfAuthority(admin.ReachOf(key))]);

    /// <summary>Of what the actor makes of a key: what it can do must be within the actor's own after the change too,
    /// and so must every limit the actor has set anew. A limit it left alone is not of its making.</summary>
    public static Problem? RefuseUpdate(AdminServices admin, Actor actor, KeyRecord before, KeyRecord after)
    {
        var (old, asked) = (admin.ReachOf(before), admin.ReachOf(after));
        var limits = actor
            .Reach.ExcessOfLimits(asked)
            .Where(e =>
                e.Field switch
                {
                    "expiresAt" => old.ExpiresAt != asked.ExpiresAt,
                    "rateLimit" => old.RateLimit != asked.RateLimit,
                    _ => !ReferenceEquals(before.AllowedIps, after.AllowedIps),
                }
            );
        return Refuse([.. actor.Reach.ExcessOfAuthority(asked), .. limits]);
    }

    private static Problem? Refuse(List<FieldError> excess) => excess.Count == 0 ? null : Problems.ExceedsActor(excess);
}
