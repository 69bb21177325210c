using System.Text.Json.Serialization;

namespace Gateway.Admin;

/// <summary>What is said of a finding; the first two in the words of the reporters' protocol.</summary>
public static class LeakLabels
{
    /// <summary>It is, or was, a secret of ours.</summary>
    public const string True = "true_positive";

    /// <summary>It is none.</summary>
    public const string False = "false_positive";

    /// <summary>It cannot be read: it is not said what was found.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>It could not be decided; never in an answer, which is a problem then.</summary>
    internal const string Undecided = "undecided";
}

/// <summary>What a reporter is answered of each finding.</summary>
/// <param name="TokenHash">SHA-256 of what was found, in hexadecimal: the finding itself is not sent back. Null when it
/// cannot be read.</param>
/// <param name="TokenType">As it was reported.</param>
/// <param name="Label"><c>true_positive</c>: it is a secret of ours; <c>false_positive</c>: it is none;
/// <c>unreadable</c>.</param>
public sealed record Finding(
    [property: JsonPropertyName("token_hash")] string? TokenHash,
    [property: JsonPropertyName("token_type")] string? TokenType,
    [property: JsonPropertyName("label")] string Label
);

/// <summary>What an operator is answered of each finding.</summary>
/// <param name="TokenHash">SHA-256 of what was found, in hexadecimal; null when it cannot be read.</param>
/// <param name="Label"><c>true_positive</c>, <c>false_positive</c> or <c>unreadable</c>.</param>
/// <param name="KeyId">The key; null when it is none of ours.</param>
/// <param name="AccountId">Its account.</param>
/// <param name="OperatorId">The operator whose token it is; null when it is none's.</param>
/// <param name="Status">Where it stands now; <c>removed</c> for an operator.</param>
public sealed record LeakView(
    string? TokenHash,
    string Label,
    string? KeyId = null,
    string? AccountId = null,
    string? OperatorId = null,
    string? Status = null
);
