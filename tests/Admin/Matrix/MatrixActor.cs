namespace Gateway.Tests;

/// <summary>Somebody who calls the admin API, and what the tests know of them.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Credential">What follows <c>Bearer</c>; null for none.</param>
/// <param name="AccountId">A key's account; null for operators.</param>
internal sealed record MatrixActor(string Name, string? Credential, string? AccountId = null)
{
    /// <summary>What every call of theirs is answered, whatever it is; null for those who are somebody.</summary>
    public (int Status, string Code)? Refusal { get; init; }

    /// <summary>Another header than <c>Authorization: Bearer</c> they send.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>Added to every query of theirs.</summary>
    public string Query { get; init; } = "";

    /// <summary>Holds <c>api-keys:read</c>.</summary>
    public bool MayRead { get; init; }

    /// <summary>Holds <c>api-keys:write</c>.</summary>
    public bool MayWrite { get; init; }

    /// <summary>Whether a sandbox key for every wallet that may <c>tokens:read</c> is within their own reach.</summary>
    public bool Reaches { get; init; }

    /// <summary>Whether they end at some time, as a rotated key does with its grace period.</summary>
    public bool Ends { get; init; }

    /// <summary>Whether they act for every wallet.</summary>
    public bool ForEveryWallet { get; init; } = true;

    /// <summary>May see and change keys like the one above.</summary>
    public static MatrixActor Manager(string name, string credential, string accountId) =>
        new(name, credential, accountId)
        {
            MayRead = true,
            MayWrite = true,
            Reaches = true,
        };
}
