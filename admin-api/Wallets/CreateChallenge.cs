using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>POST /v1/accounts/{accountId}/wallets/challenge</c>: the message a wallet must sign to be linked.</summary>
public static class CreateChallenge
{
    private const int Created = StatusCodes.Status201Created;

    // Enough for people who try again; few enough that nobody fills the store.
    private const int MaxOpen = 20;

    /// <summary>What is asked for.</summary>
    /// <param name="Address">The Solana address of the wallet, in base58.</param>
    public sealed record Request(string Address)
    {
        internal static Request Read(Fields fields) => new(WalletFields.Address(fields));
    }

    /// <summary>The answer.</summary>
    /// <param name="Challenge">The challenge; good for one answer.</param>
    public sealed record Response(ChallengeView Challenge) : Answer;

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder wallets) =>
        wallets
            .MapPost("/challenge", Exchange.Write(Created, Request.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Accepts<Request>("application/json")
            .Produces<Envelope<Response>>(Created)
            .Takes(Parameters.IdempotencyKey)
            .Refuses(429, "TOO_MANY_CHALLENGES")
            .Describe("createWalletChallenge", Tags.Wallets, "Ask for the message that proves a wallet");

    /// <summary>Makes a challenge.</summary>
    public static Task<Outcome<Written<Response>>> RunAsync(AdminServices admin, Caller caller, Request request) =>
        admin.WriteAsync<Response>(
            caller,
            Created,
            async (session, account, current) =>
            {
                if (WalletRules.RefuseActor(current.Actor) is { } refusal)
                    return refusal;
                var now = admin.Clock.Now();
                if (await session.CountChallengesAsync(account.Id, now) >= MaxOpen)
                    return AccountProblems.TooManyChallenges();
                var made = SignInMessage.Create(admin.Settings.Eligibility, account.Id, request.Address, now);
                await session.InsertChallengeAsync(made);
                await session.AuditAsync(admin, current, "wallet.challenge", null, null, request);
                var answer = new ChallengeView(made.Address, made.Message, made.ExpiresAt);
                return new Written<Response>(new Response(answer), null);
            }
        );
}

/// <summary>The challenge.</summary>
/// <param name="Address">The wallet it is for.</param>
/// <param name="Message">The text to sign, byte for byte, in UTF-8 (Sign-In-With-Solana).</param>
/// <param name="ExpiresAt">Refused from this instant on.</param>
public sealed record ChallengeView(string Address, string Message, DateTimeOffset ExpiresAt);
