using System.Text.Json.Serialization;

namespace Gateway.Admin;

/// <summary>The envelope of every success: <c>{"data": …}</c>.</summary>
/// <param name="Data">The answer.</param>
public sealed record Envelope<T>(T Data);

/// <summary>What a write answers. The receipt stands beside the object.</summary>
public abstract record Answer
{
    /// <summary>Which gateways have applied the change; absent where nothing a verdict depends on was written.</summary>
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Propagation? Propagation { get; init; }

    /// <summary>The answer as a replay gives it: without what is shown only once.</summary>
    public virtual Answer WithoutSecret() => this;
}

/// <summary>A committed write.</summary>
/// <param name="Answer">What to answer, but for the receipt.</param>
/// <param name="Change">Number of its last change in the feed; null when no verdict depends on it.</param>
public sealed record Written<T>(T Answer, long? Change)
    where T : Answer;
