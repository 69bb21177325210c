using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

// Proving a wallet
//
//   challenge  we write the whole message (the Sign-In-With-Solana form, which wallets show and check against the page
//              they are on) and keep it: nonce, account, address, message, expiry
//   link       the message comes back signed. It must be, byte for byte, the one that was kept for this account and
//              address; taking it removes it, so that it proves once. Then the signature is verified over its bytes.
//
// Nothing in the posted message is parsed but the line that says which challenge it answers: what was kept decides.

/// <summary>The message a wallet signs to prove that it is held: Sign-In-With-Solana, one-time, for one account.</summary>
public static class SignInMessage
{
    /// <summary>How long a challenge can be answered. Long enough to find a hardware wallet.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>No message of ours is longer, in characters.</summary>
    public const int MaxLength = 2_000;

    private const string NonceLabel = "Nonce: ";

    /// <summary>Writes a challenge for an account and an address.</summary>
    public static WalletChallenge Create(
        EligibilityOptions options,
        string accountId,
        string address,
        DateTimeOffset now
    )
    {
        // Letters and digits alone: the form allows no others in a nonce.
        var nonce = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var expires = now + Lifetime;
        var message = new StringBuilder()
            .Append(options.Domain)
            .Append(" wants you to sign in with your Solana account:\n")
            .Append(address)
            .Append("\n\n")
            .Append("Prove that you hold this wallet, to link it to account ")
            .Append(accountId)
            .Append(". This moves nothing and costs nothing.\n\n")
            .Append("URI: ")
            .Append(options.SignInUri)
            .Append('\n')
            .Append("Version: 1\n")
            .Append("Chain ID: ")
            .Append(options.ChainId)
            .Append('\n')
            .Append(NonceLabel)
            .Append(nonce)
            .Append('\n')
            .Append("Issued At: ")
            .Append(Instant(now))
            .Append('\n')
            .Append("Expiration Time: ")
            .Append(Instant(expires))
            .Append('\n')
            .Append("Request ID: ")
            .Append(accountId);
        return new WalletChallenge(nonce, accountId, address, message.ToString(), expires);
    }

    /// <summary>The nonce of the challenge a message claims to answer; null when it names none.</summary>
    public static string? FindNonce(string message)
    {
        var line = message.Split('\n').FirstOrDefault(l => l.StartsWith(NonceLabel, StringComparison.Ordinal));
        return line?[NonceLabel.Length..];
    }

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
