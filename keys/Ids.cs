using System.Buffers.Text;
using System.Security.Cryptography;

namespace Gateway.Keys;

/// <summary>Ids of stored things: a prefix that says what it is, and a UUID of version 7 (RFC 9562), which sorts by time.</summary>
public static class Ids
{
    /// <summary>Keys.</summary>
    public const string Key = "key_";

    /// <summary>Accounts.</summary>
    public const string Account = "acc_";

    /// <summary>Operators.</summary>
    public const string Operator = "op_";

    /// <summary>People invited to an account.</summary>
    public const string Person = "per_";

    /// <summary>Audit entries.</summary>
    public const string Audit = "aud_";

    /// <summary>A new id, such as <c>key_01935e2a7c3f7d0e9a41…</c> (32 hexadecimal digits).</summary>
    public static string New(string prefix, TimeProvider clock) =>
        prefix + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");

    /// <summary>128 random bits as 22 URL-safe characters: for change ids, incarnations, nonces, batch numbers.</summary>
    public static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
