using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>A reason an account may not make keys.</summary>
/// <param name="Code">Stable code for programs.</param>
/// <param name="Message">What would have to be done.</param>
public sealed record Reason(string Code, string Message);

/// <summary>A refusal, as RFC 9457 puts it. <see cref="Problems"/> lists those of the admin API, <see cref="Denials"/>
/// those it shares with the gateway.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code for programs: <c>error.code</c>.</param>
/// <param name="Title">The same for every occurrence.</param>
/// <param name="Detail">What the caller can do about it; never a secret.</param>
public sealed record Problem(int Status, string Code, string Title, string Detail)
{
    /// <summary>Everything that is wrong with the request, all at once; null for other problems.</summary>
    public IReadOnlyList<FieldError>? Errors { get; init; }

    /// <summary>Why the account is not eligible; null for other problems.</summary>
    public IReadOnlyList<Reason>? Reasons { get; init; }

    /// <summary>Whom to write to; null for nobody.</summary>
    public string? Contact { get; init; }

    /// <summary><c>WWW-Authenticate</c>; null for none.</summary>
    public string? Challenge { get; init; }

    /// <summary><c>Retry-After</c> in seconds; null for none.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>A refusal the gateway knows too, with its challenge.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="scope">The permission that is missing, for <c>insufficient_scope</c>.</param>
    public static Problem Of(DenyReason reason, string? scope = null)
    {
        var denial = Denials.For(reason);
        return new Problem(denial.Status, denial.Code, denial.Title, denial.Message)
        {
            Challenge = ChallengeOf(denial, scope),
            RetryAfterSeconds = denial.RetryAfterSeconds,
        };
    }

    // RFC 6750 section 3: no error when no credential was sent.
    private static string? ChallengeOf(Denial denial, string? scope) =>
        denial.Challenge switch
        {
            null => null,
            "" => "Bearer",
            var error when scope is null => $"Bearer error=\"{error}\"",
            var error => $"Bearer error=\"{error}\", scope=\"{scope}\"",
        };
}
