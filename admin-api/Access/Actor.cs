using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What kind of actor performs an operation.</summary>
public enum ActorType
{
    /// <summary>Runs the deployment; every account is open to it.</summary>
    Operator,

    /// <summary>A key of an account, acting for that account.</summary>
    Key,

    /// <summary>A person invited to an account.</summary>
    Person,

    /// <summary>Who finds leaked keys and signs its reports.</summary>
    Reporter,

    /// <summary>Whoever holds the secret of a key, and says that it is to end.</summary>
    Holder,
}

/// <summary>Who performs an operation, as known when the request came in.</summary>
public sealed record Actor
{
    /// <summary>Id of the operator whose token is <c>Admin:OperatorToken</c>.</summary>
    public const string ConfiguredOperatorId = "op_configured";

    /// <summary>What it is.</summary>
    public required ActorType Type { get; init; }

    /// <summary><c>op_…</c>, <c>key_…</c>, <c>per_…</c> or <c>rep_…</c>; of a holder, the key's.</summary>
    public required string Id { get; init; }

    /// <summary>For people reading the audit log.</summary>
    public required string Name { get; init; }

    /// <summary>The one account it may see; null for an operator, who may see all.</summary>
    public string? AccountId { get; init; }

    /// <summary>What it may do, and so the most it may give to a key.</summary>
    public required Reach Reach { get; init; }

    /// <summary>The record of a key that acts; null for operators and people.</summary>
    public KeyRecord? Key { get; init; }

    /// <summary>Whether it is an operator.</summary>
    public bool IsOperator => Type == ActorType.Operator;

    /// <summary>An operator, whose reach has no end.</summary>
    public static Actor Operator(string id, string name) =>
        new()
        {
            Type = ActorType.Operator,
            Id = id,
            Name = name,
            Reach = Reach.Unlimited,
        };

    /// <summary>The operator whose token is <c>Admin:OperatorToken</c>.</summary>
    public static Actor ConfiguredOperator() => Operator(ConfiguredOperatorId, "configured operator");

    /// <summary>Who signed a report of leaked keys.</summary>
    /// <param name="name">As configured.</param>
    public static Actor Reporter(string name) => Stopping(ActorType.Reporter, "rep_" + name, name);

    /// <summary>Whoever holds the secret of a key.</summary>
    public static Actor Holder(string keyId) => Stopping(ActorType.Holder, keyId, "whoever held the secret");

    // Stops keys of any account, whatever these may do; the operations it can call do nothing else.
    private static Actor Stopping(ActorType type, string id, string name) =>
        new()
        {
            Type = type,
            Id = id,
            Name = name,
            Reach = Reach.Unlimited,
        };

    /// <summary>A person who acts for an account they were invited to.</summary>
    public static Actor Of(Person person, Reach reach) =>
        new()
        {
            Type = ActorType.Person,
            Id = person.Id,
            Name = person.Email,
            AccountId = person.AccountId,
            Reach = reach,
        };

    /// <summary>A key that acts for its account.</summary>
    public static Actor Of(KeyRecord key, Reach reach) =>
        new()
        {
            Type = ActorType.Key,
            Id = key.Id,
            Name = key.Name,
            AccountId = key.AccountId,
            Reach = reach,
            Key = key,
        };
}
