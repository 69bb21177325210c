using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The refusals of reports about leaked keys.</summary>
public static class LeakProblems
{
    private const int RetryAfterSeconds = 60;
    private const int MaxTold = 100;

    /// <summary>The report's signature is none that counts: by an unknown or retired key, or of other bytes. Which of
    /// them is not said.</summary>
    public static Problem SignatureRefused() =>
        Problem.Of(DenyReason.Unauthorized) with
        {
            Code = "REPORT_SIGNATURE_INVALID",
            Title = "The report is not signed by a known reporter",
            Detail = "Sign the body as it is sent, with a key that is configured here (Leaks:ReporterKeys).",
        };

    /// <summary>Some findings could not be decided: the store failed, or they may be keys that were hashed under a pepper this
    /// process does not have. Sent again, the report finds the others done.</summary>
    /// <param name="findings">Which, in the order of the report; the first hundred are told.</param>
    public static Problem Undecided(IEnumerable<int> findings) =>
        new(
            503,
            "LEAKS_UNDECIDED",
            "Some findings could not be decided",
            "All findings but those in errors have been carried out. Send the same report again."
        )
        {
            Errors =
            [
                .. findings.Take(MaxTold).Select(i => new FieldError($"[{i}]", "UNDECIDED", "Could not be decided.")),
            ],
            RetryAfterSeconds = RetryAfterSeconds,
        };

    /// <summary>Other long reports have the memory there is for them.</summary>
    public static Problem NoRoom() =>
        Problem.Of(DenyReason.Overloaded) with
        {
            Detail = "Other long reports have the memory there is for them: try again as Retry-After says.",
        };

    /// <summary>As many revocations are being carried out as may be. It does not depend on the key.</summary>
    public static Problem NoTurn() =>
        Problem.Of(DenyReason.Overloaded) with
        {
            Detail = "Too many revocations are being carried out. Nothing was revoked: try again as Retry-After says.",
        };

    /// <summary>Too many from one address.</summary>
    public static Problem TooManyRevocations() =>
        new(429, "TOO_MANY_REVOCATIONS", "Too many revocations", "Wait a minute, then try again.")
        {
            RetryAfterSeconds = RetryAfterSeconds,
        };
}
