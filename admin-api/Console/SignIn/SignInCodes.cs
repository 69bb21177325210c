using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// Codes that sign the configured operator in once, within minutes. Whoever can write the store can make one, and could
/// have done everything else there already. A code is 256 random bits; the store has its hash.
/// </summary>
public static class SignInCodes
{
    private const int CodeLength = 43;

    /// <summary>How long a code can be used: it lies in a terminal meanwhile.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Makes one.</summary>
    public static async Task<string> CreateAsync(Database database, TimeProvider clock)
    {
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await database.WriteAsync(s => s.InsertSignInCodeAsync(HashOf(code), clock.Now() + Lifetime));
        return code;
    }

    /// <summary>Uses one up.</summary>
    /// <returns>Whether it was good.</returns>
    public static async Task<bool> TakeAsync(Database database, TimeProvider clock, string code) =>
        code.Length == CodeLength
        && Base64Url.IsValid(code)
        && await database.WriteAsync(s => s.TakeSignInCodeAsync(HashOf(code), clock.Now()));

    private static byte[] HashOf(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));
}
