using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>POST /v1/api-keys</c>: a new key. Its secret is in this one answer.</summary>
public static class CreateKey
{
    /// <summary>What is asked for.</summary>
    /// <param name="Name">For people; revoking asks for it.</param>
    /// <param name="Description">For people; null for none.</param>
    /// <param name="Role">Name of a configured role; null for none.</param>
    /// <param name="Environment">The actor's own, or the only one, when absent.</param>
    /// <param name="Permissions">Grants of this key alone, such as <c>tokens:read</c>, <c>tokens:*</c>, <c>*:read</c>; null
    /// leaves the role's.</param>
    /// <param name="WalletScope">Every wallet of the account when absent.</param>
    /// <param name="WalletBindings">The wallets of a <c>selected</c> key.</param>
    /// <param name="SigningWalletId">The wallet the upstream signs with; null for none.</param>
    /// <param name="AllowedIps">Addresses and CIDRs it may be used from; null for anywhere.</param>
    /// <param name="RateLimit">Null for no limit.</param>
    /// <param name="ExpiresAt">Refused from this instant on; null for never.</param>
    public sealed record Request(
        string Name,
        string? Description,
        string? Role,
        string? Environment,
        IReadOnlyList<string>? Permissions,
        WalletScope? WalletScope,
        IReadOnlyList<WalletBinding>? WalletBindings,
        string? SigningWalletId,
        IReadOnlyList<string>? AllowedIps,
        RateLimit? RateLimit,
        DateTimeOffset? ExpiresAt
    )
    {
        internal static Request Read(Fields fields) =>
            new(
                KeyFields.Name(fields) ?? "",
                KeyFields.Description(fields),
                fields.Text("role"),
                fields.Text("environment"),
                KeyFields.Permissions(fields),
                KeyFields.Scope(fields),
                KeyFields.Bindings(fields),
                KeyFields.WalletId(fields, "signingWalletId"),
                KeyFields.AllowedIps(fields),
                KeyFields.Limit(fields),
                KeyFields.ExpiresAt(fields)
            );
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapPost("", Exchange.Write(Created, Request.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Accepts<Request>("application/json")
            .Produces<Envelope<KeyAnswer>>(Created)
            .Takes(Parameters.Wait, Parameters.IdempotencyKey)
            .Refuses(403, "NOT_ELIGIBLE")
            .Refuses(409, "KEY_LIMIT_REACHED")
            .Example(
                """
                {
                  "name": "CI deploy key",
                  "role": "api_developer",
                  "environment": "sandbox",
                  "walletScope": "all",
                  "expiresAt": "2026-12-31T23:59:59Z"
                }
                """
            )
            .Describe("createApiKey", Tags.Keys, "Create an API key");

    private const int Created = StatusCodes.Status201Created;

    /// <summary>Makes a key.</summary>
    public static Task<Outcome<Written<KeyAnswer>>> RunAsync(AdminServices admin, Caller caller, Request request) =>
        admin.WriteAsync<KeyAnswer>(
            caller,
            Created,
            async (session, account, current) =>
            {
                if (!EnvironmentOf(admin, current.Actor, request).TryGet(out var environment, out var problem))
                    return problem;
                var (key, secret) = Make(admin, current, request, environment);
                if (await RefuseAsync(session, admin, account, current, key) is { } refusal)
                    return refusal;
                await session.InsertKeyAsync(key);
                var now = admin.Clock.Now();
                await session.AuditAsync(admin, current, "key.create", key.Id, null, KeyView.Of(key, now));
                var change = await session.AppendChangeAsync(ChangeKinds.KeyCreated, account.Id, key);
                return new Written<KeyAnswer>(new KeyAnswer(admin.ViewOf(key, now) with { Key = secret }), change);
            }
        );

    // What the request gets wrong comes first, then what the actor may not, then what the account may not.
    private static async Task<Problem?> RefuseAsync(
        Session session,
        AdminServices admin,
        Account account,
        Caller caller,
        KeyRecord key
    )
    {
        if (await KeyRules.CheckAsync(session, admin, key) is { Count: > 0 } errors)
            return Problems.Validation(errors);
        if (Authority.RefuseMaking(admin, caller.Actor, key) is { } excess)
            return excess;
        var options = admin.Settings.Eligibility;
        if (await Eligibility.EvaluateAsync(session, account, options) is { Count: > 0 } reasons)
            return Problems.NotEligible(reasons, options.Contact);
        return await KeyRules.HasRoomAsync(session, admin, account, more: 1)
            ? null
            : Problems.KeyLimitReached(KeyRules.LimitOf(admin, account));
    }

    // The actor's own, or the only one there is; of several, one must be stated.
    private static Outcome<KeyEnvironment> EnvironmentOf(AdminServices admin, Actor actor, Request request)
    {
        var all = admin.KeyFormat.Environments;
        var name = request.Environment ?? actor.Reach.Environment ?? (all.Count == 1 ? all[0].Name : null);
        if (name is not null && admin.KeyFormat.TryGetEnvironment(name, out var environment))
            return environment!;
        var choices = "Must be one of: " + string.Join(", ", all.Select(e => e.Name));
        return Problems.Validation("environment", name is null ? "REQUIRED" : "UNKNOWN_ENVIRONMENT", choices);
    }

    private static (KeyRecord Key, string Secret) Make(
        AdminServices admin,
        Caller caller,
        Request request,
        KeyEnvironment environment
    )
    {
        var now = admin.Clock.Now();
        var id = Ids.New(Ids.Key, admin.Clock);
        var secret = admin.KeyFormat.Generate(environment);
        var (hash, pepper) = admin.KeyHasher.HashNew(secret);
        var key = new KeyRecord
        {
            Id = id,
            AccountId = caller.AccountId,
            Name = request.Name,
            Description = request.Description,
            KeyPrefix = admin.KeyFormat.DisplayPrefix(secret),
            Hash = hash,
            PepperId = pepper,
            Environment = environment.Name,
            Role = request.Role,
            Permissions = request.Permissions,
            WalletScope = request.WalletScope ?? WalletScope.All,
            WalletBindings = request.WalletBindings ?? [],
            SigningWalletId = request.SigningWalletId,
            AllowedIps = request.AllowedIps,
            RateLimit = request.RateLimit,
            ExpiresAt = request.ExpiresAt,
            LineId = id,
            CreatedBy = caller.Actor.Id,
            CreatedAt = now,
            UpdatedAt = now,
        };
        return (key, secret);
    }
}
