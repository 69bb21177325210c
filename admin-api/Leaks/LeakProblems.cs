using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The refusals of reports about leaked keys.</summary>
public static class LeakProblems
{
    private const int RetryAfterSeconds = 60;

    /// <summary>The report's signature is none that counts: by an unknown or retired key, or of other bytes. Which of
    /// them is not said.</summary>
    public static Problem SignatureRefused() =>
        Problem.Of(DenyReason.Unauthorized) with
        {
            Code = "REPORT_SIGNATURE_INVALID",
            Title = "The report is not signed by a known reporter",
            Detail = "Sign the body as it is sent, with a key that is configured here (Leaks:ReporterKeys).",
        };

    /// <summary>Too many from one address.</summary>
    public static Problem TooManyRevocations() =>
        new(429, "TOO_MANY_REVOCATIONS", "Too many revocations", "Wait a minute, then try again.")
        {
            RetryAfterSeconds = RetryAfterSeconds,
        };
}
