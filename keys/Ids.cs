using System.Buffers.Text;
using System.Security.Cryptography;

namespace Gateway.Keys;

/// <summary>
/// Ids of stored things: a prefix that says what it is, and a UUID of version 7 (RFC 9562), which sorts by time, to a quarter
/// of a microsecond (section 6.2, method 3): what one process makes is listed in the order it was made in. 62 bits are random.
/// </summary>
public static class Ids
{
    // The version, and the twelve bits beside it that hold what the milliseconds before them leave out.
    private const int Version = 0x70;
    private const int Fractions = 1 << 12;

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
    public static string New(string prefix, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        Span<byte> id = stackalloc byte[16];
        _ = Guid.CreateVersion7(now).TryWriteBytes(id, bigEndian: true, out _);
        var fraction = (int)(now.Ticks % TimeSpan.TicksPerMillisecond * Fractions / TimeSpan.TicksPerMillisecond);
        (id[6], id[7]) = ((byte)(Version | fraction >> 8), (byte)fraction);
        return prefix + Convert.ToHexStringLower(id);
    }

    /// <summary>128 random bits as 22 URL-safe characters: for change ids, incarnations, nonces, batch numbers.</summary>
    public static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
