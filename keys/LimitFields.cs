using System.Globalization;

namespace Gateway.Keys;

/// <summary>
/// The values of <c>RateLimit-Policy</c>, <c>RateLimit</c> and <c>Retry-After</c> as draft-ietf-httpapi-ratelimit-headers-11
/// has them: each of the first two is a list of strings with parameters (RFC 9651). Ours has one member, which names the
/// policy: <c>key</c> for a key's limit, <c>key-refusals</c> and <c>address-refusals</c> for what refusals may cost.
/// </summary>
public static class LimitFields
{
    /// <summary>A key's limit.</summary>
    public const string Key = "key";

    /// <summary>Refusals of a key.</summary>
    public const string KeyRefusals = "key-refusals";

    /// <summary>Unknown keys of an address.</summary>
    public const string AddressRefusals = "address-refusals";

    /// <summary>Name of the field with the policy.</summary>
    public const string PolicyName = "RateLimit-Policy";

    /// <summary>Name of the field with what is left of it.</summary>
    public const string LimitName = "RateLimit";

    /// <summary>The policy: <c>q</c> requests in <c>w</c> seconds.</summary>
    public static string Policy(string name, int requests, int windowSeconds) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={requests};w={windowSeconds}");

    /// <summary>What is left: <c>r</c> requests for the next <c>t</c> seconds.</summary>
    public static string Limit(string name, LimitAnswer answer) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={answer.Remaining};t={Seconds(answer)}");

    /// <summary><c>Retry-After</c>, which must not end before <c>t</c> does.</summary>
    public static string RetryAfter(LimitAnswer answer) => Seconds(answer).ToString(CultureInfo.InvariantCulture);

    private static long Seconds(LimitAnswer answer) => Math.Max(1, (long)Math.Ceiling(answer.Wait.TotalSeconds));
}
