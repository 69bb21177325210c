using System.Data.Common;
using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// <c>POST /v1/accounts/{accountId}/wallets</c>: links a wallet. With <c>address</c>, <c>message</c> and
/// <c>signature</c> it is external and proven; with <c>walletId</c> and <c>kind</c> an operator
/// registers it, which does not prove it: the rule <c>ExternalWalletLinked</c> asks for a signature.
/// </summary>
public static class LinkWallet
{
    private const int Created = StatusCodes.Status201Created;

    /// <summary>What is asked for: one of the two.</summary>
    public abstract record Request
    {
        internal static Request Read(Fields fields) =>
            fields.Given.Contains("walletId") || fields.Given.Contains("kind")
                ? new Registration(WalletFields.Id(fields), WalletFields.Kind(fields), WalletFields.Label(fields))
                : new Proof(
                    WalletFields.Address(fields),
                    WalletFields.Message(fields),
                    WalletFields.Signature(fields),
                    WalletFields.Label(fields)
                );
    }

    /// <summary>A challenge's message, signed.</summary>
    /// <param name="Address">The Solana address of the wallet, in base58.</param>
    /// <param name="Message">The challenge's message, unchanged.</param>
    /// <param name="Signature">The 64 bytes of the Ed25519 signature over the message's UTF-8 bytes.</param>
    /// <param name="Label">For people; null for none.</param>
    public sealed record Proof(string Address, string Message, byte[] Signature, string? Label) : Request;

    /// <summary>An operator's word.</summary>
    /// <param name="WalletId">The wallet's id; an external wallet's address.</param>
    /// <param name="Kind">How it is held.</param>
    /// <param name="Label">For people; null for none.</param>
    public sealed record Registration(string WalletId, WalletKind Kind, string? Label) : Request;

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder wallets) =>
        wallets
            .MapPost("", Exchange.Write(Created, Request.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Accepts<Proof>("application/json")
            .Produces<Envelope<WalletAnswer>>(Created)
            .WithMetadata(new AlternativeBody(typeof(Registration)))
            .Takes(Parameters.Wait, Parameters.IdempotencyKey)
            .Refuses(400, "CHALLENGE_INVALID", "SIGNATURE_INVALID")
            .Refuses(403, "OPERATORS_ONLY")
            .Refuses(409, "WALLET_EXISTS", "WALLET_TAKEN", "WALLET_NOT_EXTERNAL", "WALLET_LIMIT_REACHED")
            .Describe("linkWallet", Tags.Wallets, "Link a wallet");

    /// <summary>Links it.</summary>
    public static async Task<Outcome<Written<WalletAnswer>>> RunAsync(
        AdminServices admin,
        Caller caller,
        Request request
    )
    {
        if (Check(caller.Actor, request) is { } problem)
            return problem;
        try
        {
            return await admin.WriteAsync<WalletAnswer>(
                caller,
                Created,
                (session, account, current) => WriteAsync(admin, session, account, current, request)
            );
        }
        catch (DbException e) when (Dialect.IsUniqueViolation(e))
        {
            // Another account linked the same address between our look and our write.
            return AccountProblems.WalletTaken();
        }
    }

    // Before the account is locked: what needs no store.
    private static Problem? Check(Actor actor, Request request)
    {
        switch (request)
        {
            case Proof proof:
                Span<byte> key = stackalloc byte[Ed25519.KeySize];
                WalletFields.TryReadAddress(proof.Address, key);
                var isSigned = Ed25519.Verify(key, Encoding.UTF8.GetBytes(proof.Message), proof.Signature);
                return isSigned ? null : AccountProblems.SignatureInvalid();
            case Registration when !actor.IsOperator:
                return Problems.OperatorsOnly();
            case Registration { Kind: WalletKind.External } r when !WalletFields.IsAddress(r.WalletId):
                return Problems.Validation(
                    "walletId",
                    "INVALID_ADDRESS",
                    "An external wallet's id is its Solana address."
                );
            default:
                return null;
        }
    }

    private static async Task<Outcome<Written<WalletAnswer>>> WriteAsync(
        AdminServices admin,
        Session session,
        Account account,
        Caller caller,
        Request request
    )
    {
        if (WalletRules.RefuseActor(caller.Actor) is { } refusal)
            return refusal;
        var now = admin.Clock.Now();
        // Taken first, and for good: whatever comes of it, a challenge is answered once.
        if (request is Proof proof && !await TakeChallengeAsync(session, account, proof, now))
            return AccountProblems.ChallengeInvalid();
        var wallet = request switch
        {
            Registration r => new Wallet(account.Id, r.WalletId, r.Kind, r.Label, now),
            Proof p => new Wallet(account.Id, p.Address, WalletKind.External, p.Label, now, now),
            _ => throw new InvalidOperationException("There are two ways to link a wallet."),
        };
        if (await WalletRules.RefuseAsync(session, wallet) is { } problem)
            return problem;
        await session.InsertWalletAsync(wallet);
        var view = WalletView.Of(wallet);
        await session.AuditAsync(admin, caller, request is Proof ? "wallet.link" : "wallet.register", null, null, view);
        var change = await session.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id);
        return new Written<WalletAnswer>(new WalletAnswer(view), change);
    }

    private static async Task<bool> TakeChallengeAsync(
        Session session,
        Account account,
        Proof proof,
        DateTimeOffset now
    )
    {
        if (SignInMessage.FindNonce(proof.Message) is not { } nonce)
            return false;
        var challenge = await session.TakeChallengeAsync(nonce);
        return challenge is not null
            && now < challenge.ExpiresAt
            && string.Equals(challenge.AccountId, account.Id, StringComparison.Ordinal)
            && string.Equals(challenge.Address, proof.Address, StringComparison.Ordinal)
            && string.Equals(challenge.Message, proof.Message, StringComparison.Ordinal);
    }
}
