namespace Gateway.Tests;

/// <summary>Linking a wallet as its holder does.</summary>
internal static class WalletLinking
{
    /// <summary>Asks for the message to sign.</summary>
    public static async Task<string> ChallengeAsync(
        this TestAdmin admin,
        string accountId,
        SolanaWallet wallet,
        string credential = TestAdmin.OperatorToken
    )
    {
        var path = $"/v1/accounts/{accountId}/wallets/challenge";
        var answer = (await admin.PostAsync(path, new { address = wallet.Address }, credential)).Succeeded(201);
        return (string)answer.Data["challenge"]!["message"]!;
    }

    /// <summary>Sends a message and a signature.</summary>
    public static Task<ApiAnswer> ProveAsync(
        this TestAdmin admin,
        string accountId,
        string address,
        string message,
        string signature,
        string credential = TestAdmin.OperatorToken
    ) =>
        admin.PostAsync(
            $"/v1/accounts/{accountId}/wallets",
            new
            {
                address,
                message,
                signature,
            },
            credential
        );

    /// <summary>Links a wallet.</summary>
    public static async Task<ApiAnswer> LinkAsync(
        this TestAdmin admin,
        string accountId,
        SolanaWallet wallet,
        string credential = TestAdmin.OperatorToken
    )
    {
        var message = await admin.ChallengeAsync(accountId, wallet, credential);
        var answer = await admin.ProveAsync(accountId, wallet.Address, message, wallet.Sign(message), credential);
        return answer.Succeeded(201);
    }
}
