using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What people may do, in the words of grants: the measure of who may invite or remove them.</summary>
public static class PersonRoles
{
    /// <summary>As stored.</summary>
    public static string Name(PersonRole role) => role == PersonRole.Owner ? "owner" : "viewer";

    /// <summary>From what is stored. What is not known is the lesser.</summary>
    public static PersonRole Parse(string name) => name == "owner" ? PersonRole.Owner : PersonRole.Viewer;

    /// <summary>
    /// How far a person reaches: everywhere, from anywhere, for ever; an owner to everything, a viewer to everything that
    /// can be read. A key of one environment among several, or one that is narrowed in any way, does not hold that much.
    /// </summary>
    public static Reach ReachOf(PersonRole role, KeyFormat keys) =>
        new()
        {
            Grants = Grants.Parse([role == PersonRole.Owner ? "*" : "*:read"], false, [], "person"),
            Environment = keys.Environments.Count == 1 ? keys.Environments[0].Name : null,
        };

    /// <summary>A person as an actor of the account.</summary>
    public static Actor ActorOf(Person person, KeyFormat keys) => Actor.Of(person, ReachOf(Parse(person.Role), keys));

    /// <summary>Why this actor may not let such a person in, or take it out; null when it may. Nobody grants more than
    /// they hold.</summary>
    public static Problem? Refuse(AdminServices admin, Actor actor, PersonRole role)
    {
        var asked = ReachOf(role, admin.KeyFormat);
        var exceeds = actor.Reach.ExcessOfAuthority(asked).Concat(actor.Reach.ExcessOfLimits(asked)).Any();
        return exceeds
            ? Problems.ExceedsActor([
                new FieldError("role", "EXCEEDS_ACTOR", "Such a person may do more than you may."),
            ])
            : null;
    }
}
