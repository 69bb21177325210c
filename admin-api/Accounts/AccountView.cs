using System.Text.Json.Serialization;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>An account as the API shows it.</summary>
public sealed record AccountView : IVersioned
{
    /// <summary>Id.</summary>
    public required string Id { get; init; }

    /// <summary>Name; what <c>revoke-all</c> asks for as its confirmation.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it may make keys at all (an eligibility rule).</summary>
    public required bool ApiKeysEnabled { get; init; }

    /// <summary>Whether all its keys are stopped.</summary>
    public required bool Suspended { get; init; }

    /// <summary>Since when; null while it is not suspended.</summary>
    public DateTimeOffset? SuspendedAt { get; init; }

    /// <summary>Its own limit of active keys; null for <c>Keys:MaxActivePerAccount</c>.</summary>
    public int? MaxActiveKeys { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public long Version { get; init; }

    /// <summary>The view of a record.</summary>
    public static AccountView Of(Account account) =>
        new()
        {
            Id = account.Id,
            Name = account.Name,
            ApiKeysEnabled = account.ApiKeysEnabled,
            Suspended = account.SuspendedAt is not null,
            SuspendedAt = account.SuspendedAt,
            MaxActiveKeys = account.MaxActiveKeys,
            CreatedAt = account.CreatedAt,
            UpdatedAt = account.UpdatedAt,
            Version = account.Version,
        };
}

/// <summary>What writes about one account answer.</summary>
/// <param name="Account">The account as it is now.</param>
public sealed record AccountAnswer(AccountView Account) : Answer, IVersioned
{
    /// <inheritdoc/>
    [JsonIgnore]
    public long Version => Account.Version;
}
