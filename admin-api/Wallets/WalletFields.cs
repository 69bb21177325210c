using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The fields by which a wallet is named, linked or registered.</summary>
public static class WalletFields
{
    private const int MaxLabelLength = 100;

    /// <summary>A Solana address that can be somebody's: 32 bytes in base58, a key that can verify anything.</summary>
    public static string Address(Fields fields, string name = "address")
    {
        var text = fields.Text(name);
        if (text is null)
            fields.RefuseOnce(name, "REQUIRED", "Must be a Solana address.");
        else if (!TryReadAddress(text, new byte[Ed25519.KeySize]))
            fields.Refuse(name, "INVALID_ADDRESS", "Must be a Solana address: the 32 bytes of a public key in base58.");
        return text ?? "";
    }

    /// <summary>Reads an address.</summary>
    /// <param name="text">What was sent.</param>
    /// <param name="key">Gets the 32 bytes of the public key.</param>
    public static bool TryReadAddress(string text, Span<byte> key) =>
        Base58.TryDecode(text, key) && Ed25519.IsUsableKey(key);

    /// <summary>Whether an id looks like an address, and so can be external.</summary>
    public static bool IsAddress(string id) => TryReadAddress(id, stackalloc byte[Ed25519.KeySize]);

    /// <summary>The message of a challenge.</summary>
    public static string Message(Fields fields)
    {
        const string Name = "message";
        var text = fields.Text(Name);
        if (text is null or { Length: 0 or > SignInMessage.MaxLength })
            fields.RefuseOnce(
                Name,
                text is null ? "REQUIRED" : "INVALID_LENGTH",
                "Must be the challenge's message, unchanged."
            );
        return text ?? "";
    }

    /// <summary>A signature in base58 or base64; 64 bytes.</summary>
    public static byte[] Signature(Fields fields)
    {
        const string Name = "signature";
        var signature = new byte[Ed25519.SignatureSize];
        var text = fields.Text(Name);
        if (text is null)
            fields.RefuseOnce(Name, "REQUIRED", "Must be the signature of the message.");
        else if (!Base58.TryDecode(text, signature) && !TryReadBase64(text, signature))
            fields.Refuse(Name, "INVALID_SIGNATURE", "Must be the 64 bytes of a signature in base58 or base64.");
        return signature;
    }

    /// <summary>An id an operator gives a wallet.</summary>
    public static string Id(Fields fields)
    {
        const string Name = "walletId";
        var text = fields.Text(Name);
        if (text is null)
            fields.RefuseOnce(Name, "REQUIRED", "Must name the wallet.");
        else if (!WalletIds.IsWellFormed(text))
            fields.Refuse(Name, "INVALID", $"Must be 1 to {WalletIds.MaxLength} letters, digits and '-._:@'.");
        return text ?? "";
    }

    /// <summary>How a wallet is held.</summary>
    public static WalletKind Kind(Fields fields)
    {
        const string Name = "kind";
        switch (fields.Text(Name))
        {
            case "external":
                return WalletKind.External;
            case "custodial":
                return WalletKind.Custodial;
            case "embedded":
                return WalletKind.Embedded;
            case var text:
                fields.RefuseOnce(
                    Name,
                    text is null ? "REQUIRED" : "INVALID",
                    "Must be 'custodial', 'embedded' or 'external'."
                );
                return default;
        }
    }

    /// <summary>Text for people; null for none.</summary>
    public static string? Label(Fields fields)
    {
        const string Name = "label";
        var text = fields.Text(Name);
        if (
            text is { Length: 0 or > MaxLabelLength }
            || text?.Any(char.IsControl) == true
            || (text is not null && KeyFields.IsDeceptive(text))
        )
            fields.Refuse(Name, "INVALID_LENGTH", $"Must be 1 to {MaxLabelLength} characters in one line, or null.");
        return text;
    }

    // Base58 has no '=', and base64 of 64 bytes always ends in two: no text is both.
    private static bool TryReadBase64(string text, byte[] signature) =>
        text.Length == 88
        && Convert.TryFromBase64String(text, signature, out var written)
        && written == signature.Length
        && Convert.ToBase64String(signature) == text;
}
