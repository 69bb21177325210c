namespace Gateway.Tests;

/// <summary>Whom an operation is for.</summary>
internal enum Who
{
    /// <summary>Whoever asks, with a credential or without.</summary>
    Anyone,

    /// <summary>Operators alone.</summary>
    Operators,

    /// <summary>Operators, who name the account, and the account's own actors that may see keys.</summary>
    AccountReaders,

    /// <summary>Operators, who name the account, and the account's own actors that may change keys.</summary>
    AccountWriters,

    /// <summary>Operators about everything, actors that may see keys about their account.</summary>
    Everyone,
}

/// <summary>What else an operation asks of a key that may change keys.</summary>
internal enum Also
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>That what it makes or changes is within its own reach.</summary>
    Reach,

    /// <summary>That too, and that it does not end before what it makes, which ends never.</summary>
    Making,

    /// <summary>That it acts for every wallet of the account.</summary>
    EveryWallet,

    /// <summary>Everything there is, in every environment: no key has that where there are two.</summary>
    Everything,

    /// <summary>That it is no key: it would be one of those that are changed.</summary>
    NoKey,

    /// <summary>An operator's word.</summary>
    OperatorsWord,

    /// <summary>That the change is one of its account.</summary>
    OwnChange,
}

/// <summary>What is expected of an operation; nothing here is read from the code that is judged.</summary>
/// <param name="Who">Whom it is for.</param>
/// <param name="Status">What a call that is let through answers.</param>
/// <param name="Also">What else it asks of a key.</param>
/// <param name="Code">The refusal that a call is let through to; null for a success.</param>
internal sealed record MatrixRule(Who Who, int Status = 200, Also Also = Also.Nothing, string? Code = null)
{
    /// <summary>Every operation by its name in the document, without <c>ForAccount</c>.</summary>
    public static IReadOnlyDictionary<string, MatrixRule> All { get; } =
        new Dictionary<string, MatrixRule>(StringComparer.Ordinal)
        {
            ["listApiKeys"] = new(Who.AccountReaders),
            ["getApiKey"] = new(Who.AccountReaders),
            ["createApiKey"] = new(Who.AccountWriters, 201, Also.Making),
            ["updateApiKey"] = new(Who.AccountWriters, 200, Also.Reach),
            ["rotateApiKey"] = new(Who.AccountWriters, 201, Also.Making),
            ["disableApiKey"] = new(Who.AccountWriters, 200, Also.Reach),
            ["enableApiKey"] = new(Who.AccountWriters, 200, Also.Reach),
            ["revokeApiKey"] = new(Who.AccountWriters, 200, Also.Reach),
            ["postRevokeApiKey"] = new(Who.AccountWriters, 200, Also.Reach),
            // Asked with a wrong name: it would end every other actor of the account.
            ["revokeAllApiKeys"] = new(Who.AccountWriters, 400, Also.NoKey, "CONFIRMATION_MISMATCH"),
            ["listAccounts"] = new(Who.Operators),
            ["createAccount"] = new(Who.Operators, 201),
            ["getAccount"] = new(Who.Operators),
            ["updateAccount"] = new(Who.Operators),
            ["getEligibility"] = new(Who.AccountReaders),
            ["listWallets"] = new(Who.AccountReaders),
            ["createWalletChallenge"] = new(Who.AccountWriters, 201, Also.EveryWallet),
            ["linkWallet"] = new(Who.AccountWriters, 201, Also.OperatorsWord),
            ["unlinkWallet"] = new(Who.AccountWriters, 200, Also.EveryWallet),
            ["listPeople"] = new(Who.AccountReaders),
            ["invitePerson"] = new(Who.AccountWriters, 201, Also.Everything),
            ["removePerson"] = new(Who.AccountWriters, 200, Also.Everything),
            ["listOperators"] = new(Who.Operators),
            ["createOperator"] = new(Who.Operators, 201),
            ["removeOperator"] = new(Who.Operators),
            ["listAuditEntries"] = new(Who.Everyone),
            // Reporters who sign are none of the actors here; LeakReportTests has them.
            ["reportLeaks"] = new(Who.Operators),
            ["revokeHeldKey"] = new(Who.Anyone, 202),
            ["listGateways"] = new(Who.Operators),
            ["getChange"] = new(Who.Everyone, 200, Also.OwnChange),
        };

    private bool IsAboutAnAccount => Who is Who.AccountReaders or Who.AccountWriters;

    /// <summary>What this actor is answered: the status and the code of a refusal.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="named">The account the path names; null when it names none.</param>
    /// <param name="change">The account whose change is asked for, where one is.</param>
    public (int Status, string? Code) Expect(MatrixActor actor, string? named, string change)
    {
        if (Who == Who.Anyone)
            return (Status, Code);
        if (actor.Refusal is { } refusal)
            return refusal;
        if (actor.AccountId is null)
            return IsAboutAnAccount && named is null ? (400, "ACCOUNT_REQUIRED") : (Status, Code);
        if (named is not null && named != actor.AccountId)
            return (404, "ACCOUNT_NOT_FOUND");
        if (Who == Who.Operators)
            return (403, "OPERATORS_ONLY");
        var mayCall = Who == Who.AccountWriters ? actor.MayWrite : actor.MayRead;
        return mayCall ? ExpectOfKey(actor, change) : (403, "INSUFFICIENT_PERMISSIONS");
    }

    private (int, string?) ExpectOfKey(MatrixActor actor, string change) =>
        Also switch
        {
            Also.Reach or Also.Making when !actor.Reaches => (403, "INSUFFICIENT_PERMISSIONS"),
            Also.Making when actor.Ends => (403, "INSUFFICIENT_PERMISSIONS"),
            Also.EveryWallet when !actor.ForEveryWallet => (403, "INSUFFICIENT_PERMISSIONS"),
            Also.Everything => (403, "INSUFFICIENT_PERMISSIONS"),
            Also.NoKey => (400, "SELF_MODIFICATION"),
            Also.OperatorsWord => (403, "OPERATORS_ONLY"),
            Also.OwnChange when change != actor.AccountId => (404, "CHANGE_NOT_FOUND"),
            _ => (Status, Code),
        };
}
