namespace Gateway.Tests;

/// <summary>A call of each operation that is right in everything but, perhaps, in who makes it.</summary>
internal sealed class MatrixCalls(MatrixDesk desk)
{
    private readonly string _address = new SolanaWallet().Address;

    // What calls that are refused are about: it is still there afterwards.
    private readonly Dictionary<string, string> _kept = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The body of a call; null for none.</summary>
    public async Task<object?> BodyAsync(string operation) =>
        operation switch
        {
            "reportLeaks" => new[] { new { token = (await desk.Admin.IssueKeyAsync(desk.One.Id)).Secret } },
            // Nobody's: who may call it is asked here, and what it does in LeakRevocationTests.
            "revokeHeldKey" => new { key = "sk_test_nobodys" },
            "createApiKey" => new
            {
                name = "made",
                environment = "sandbox",
                permissions = new[] { "tokens:read" },
            },
            "updateApiKey" => new { description = "seen" },
            "revokeApiKey" or "postRevokeApiKey" => new { confirmation = "bot" },
            "revokeAllApiKeys" => new { confirmation = "another name" },
            "createAccount" => new { name = "made" },
            "updateAccount" => new { maxActiveKeys = 999 - ++_count },
            "createWalletChallenge" => new { address = _address },
            "linkWallet" => new { walletId = $"linked-{++_count}", kind = "custodial" },
            "invitePerson" => new { email = $"made-{++_count}@example.com", role = "viewer" },
            "createOperator" => new { name = $"made {++_count}" },
            _ => null,
        };

    /// <summary>The path of a call.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="template">Its path in the document.</param>
    /// <param name="accountId">The account it is about.</param>
    /// <param name="isLetThrough">Whether it will be acted on, so that it needs something of its own to act on.</param>
    public async Task<string> PathAsync(string operation, string template, string accountId, bool isLetThrough)
    {
        var path = template.Replace("{accountId}", accountId, StringComparison.Ordinal);
        if (!path.Contains('{'))
            return path;
        var kind = $"{operation} {accountId}";
        string? id = null;
        if (!isLetThrough && !_kept.TryGetValue(kind, out id))
            _kept[kind] = id = await NewAsync(operation, accountId);
        id ??= await NewAsync(operation, accountId);
        return path.Replace("{id}", id, StringComparison.Ordinal).Replace("{number}", id, StringComparison.Ordinal);
    }

    private async Task<string> NewAsync(string operation, string accountId) =>
        operation switch
        {
            "unlinkWallet" => await desk.NewWalletAsync(accountId),
            "removePerson" => await desk.NewPersonAsync(accountId),
            "removeOperator" => (await desk.NewOperatorAsync()).Id,
            "getChange" => await ChangeAsync(accountId),
            _ => await desk.NewKeyAsync(accountId),
        };

    // The last change of the account.
    private async Task<string> ChangeAsync(string accountId)
    {
        await desk.NewKeyAsync(accountId);
        const string Sql = "select max(number) from changes where account_id = @accountId";
        var number = await desk.Admin.Store.Database.ReadAsync(s => s.ValueAsync<long>(Sql, new { accountId }));
        return number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
