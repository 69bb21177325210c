namespace Gateway.Admin;

/// <summary>The refusals of accounts, wallets, people, operators, audit and fleet: one row for each code.</summary>
public static class AccountProblems
{
    private const int RetryChallengeSeconds = 60;

    /// <summary>The account has no such wallet.</summary>
    public static Problem WalletNotFound() => Problems.NotFound("WALLET_NOT_FOUND", "No such wallet");

    /// <summary>The account has nobody of this id.</summary>
    public static Problem PersonNotFound() => Problems.NotFound("PERSON_NOT_FOUND", "No such person");

    /// <summary>There is no such operator.</summary>
    public static Problem OperatorNotFound() => Problems.NotFound("OPERATOR_NOT_FOUND", "No such operator");

    /// <summary>There is no such change, none that is kept, or none the actor may see.</summary>
    public static Problem ChangeNotFound() => Problems.NotFound("CHANGE_NOT_FOUND", "No such change");

    /// <summary>A key acts for the wallet, or signs with it.</summary>
    public static Problem WalletInUse() =>
        Conflict(
            "WALLET_IN_USE",
            "An API key is bound to the wallet",
            "Take the wallet out of the walletBindings and signingWalletId of every API key that is not revoked, then unlink it."
        );

    /// <summary>The account has the wallet already.</summary>
    public static Problem WalletExists() =>
        Conflict("WALLET_EXISTS", "The wallet is linked already", "This account has a wallet of this id.");

    /// <summary>Another account has the wallet.</summary>
    public static Problem WalletTaken() =>
        Conflict(
            "WALLET_TAKEN",
            "The wallet belongs to another account",
            "An address belongs to one account: unlink it there first."
        );

    /// <summary>The address is registered as one whose key its owner does not hold.</summary>
    public static Problem WalletNotExternal() =>
        Conflict(
            "WALLET_NOT_EXTERNAL",
            "The wallet is not external",
            "This address is registered as custodial or embedded: link a wallet whose key you hold yourself."
        );

    /// <summary>The account has as many wallets as it may.</summary>
    public static Problem WalletLimitReached(int limit) =>
        Conflict("WALLET_LIMIT_REACHED", "Too many wallets", $"An account may have {limit} wallets: unlink one.");

    /// <summary>The account has as many unanswered challenges as it may.</summary>
    public static Problem TooManyChallenges() =>
        new(
            429,
            "TOO_MANY_CHALLENGES",
            "Too many unanswered challenges",
            "Answer one of the challenges you have, or wait until they expire."
        )
        {
            RetryAfterSeconds = RetryChallengeSeconds,
        };

    /// <summary>The message is not one that is waiting for this account and address.</summary>
    public static Problem ChallengeInvalid() =>
        new(
            400,
            "CHALLENGE_INVALID",
            "No such challenge",
            "The message is not, byte for byte, one that was made for this account and address, or it was answered "
                + "already, or it has expired: ask for a new challenge and sign its message unchanged."
        );

    /// <summary>The signature is not one of the message by the address.</summary>
    public static Problem SignatureInvalid() =>
        new(
            400,
            "SIGNATURE_INVALID",
            "The signature does not verify",
            "Sign the UTF-8 bytes of the message with the key of the address (Ed25519), and send the 64 bytes in base58 "
                + "or base64."
        );

    /// <summary>Somebody of this address is in the account.</summary>
    public static Problem PersonExists() =>
        Conflict(
            "PERSON_EXISTS",
            "The person is invited already",
            "Somebody of this e-mail address is in the account."
        );

    /// <summary>The account has as many people as it may.</summary>
    public static Problem PersonLimitReached(int limit) =>
        Conflict("PERSON_LIMIT_REACHED", "Too many people", $"An account may have {limit} people: remove one.");

    /// <summary>The account would be left without an owner.</summary>
    public static Problem LastOwner() =>
        Conflict("LAST_OWNER", "The account's last owner", "Invite another owner first, or ask an operator.");

    /// <summary>The name is another operator's.</summary>
    public static Problem OperatorExists() =>
        Conflict("OPERATOR_EXISTS", "The name is taken", "Another operator has this name.");

    /// <summary>There are as many operators as there may be.</summary>
    public static Problem OperatorLimitReached(int limit) =>
        Conflict("OPERATOR_LIMIT_REACHED", "Too many operators", $"There may be {limit} operators: remove one.");

    /// <summary>An operator may not remove itself: somebody is always left who can let others in.</summary>
    public static Problem OperatorSelf() =>
        Problems.SelfModification() with
        {
            Title = "An operator cannot remove itself",
            Detail = "Ask another operator, so that there is always one left.",
        };

    private static Problem Conflict(string code, string title, string detail) => new(409, code, title, detail);
}
