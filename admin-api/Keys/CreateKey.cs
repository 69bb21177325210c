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
        keys.MapPost("", Exchange.Write(Created, Request.Read, RunAsync, FindProblemsAsync))
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

    // No environment is called so.
    private const string Unstated = "";
    private const int Created = StatusCodes.Status201Created;

    /// <summary>Makes a key.</summary>
    public static Task<Outcome<Written<KeyAnswer>>> RunAsync(AdminServices admin, Caller caller, Request request) =>
        admin.WriteAsync<KeyAnswer>(
            caller,
            Created,
            async (session, account, current) =>
            {
                var draft = Draft(admin, current, request);
                if (await CheckAsync(session, admin, draft, RuleScope.All) is { Count: > 0 } errors)
                    return Problems.Validation(errors);
                if (await RefuseAsync(session, admin, account, current, draft) is { } refusal)
                    return refusal;
                var (key, secret) = WithSecret(admin, draft);
                await session.InsertKeyAsync(key);
                var now = admin.Clock.Now();
                await session.AuditAsync(admin, current, "key.create", key.Id, null, KeyView.Of(key, now));
                var change = await session.AppendChangeAsync(ChangeKinds.KeyCreated, account.Id, key);
                return new Written<KeyAnswer>(new KeyAnswer(admin.ViewOf(key, now) with { Key = secret }), change);
            }
        );

    /// <summary>The key that would be made now, without a secret, or everything that is in the way: for a review before it
    /// is made. Writes nothing.</summary>
    public static Task<Outcome<KeyAnswer>> PreviewAsync(AdminServices admin, Caller caller, Request request) =>
        admin.Database.ReadAsync<Outcome<KeyAnswer>>(async session =>
        {
            if (await session.GetAccountAsync(caller.AccountId) is not { } account)
                return Problems.AccountNotFound();
            var draft = Draft(admin, caller, request);
            if (await CheckAsync(session, admin, draft, RuleScope.All) is { Count: > 0 } errors)
                return Problems.Validation(errors);
            if (await RefuseAsync(session, admin, account, caller, draft) is { } refusal)
                return refusal;
            return new KeyAnswer(admin.ViewOf(draft, admin.Clock.Now()));
        });

    /// <summary>What else is wrong with a request some of whose fields could not be read.</summary>
    internal static Task<List<FieldError>> FindProblemsAsync(
        AdminServices admin,
        Caller caller,
        Request request,
        IReadOnlySet<string> unreadable,
        CancellationToken ct
    ) =>
        admin.Database.ReadAsync(
            async session =>
                await session.GetAccountAsync(caller.AccountId) is null
                    ? []
                    : await CheckAsync(session, admin, Draft(admin, caller, request), new RuleScope(null, unreadable)),
            ct
        );

    private static Task<List<FieldError>> FindProblemsAsync(
        AdminServices admin,
        Caller caller,
        HttpRequest http,
        Request request,
        IReadOnlySet<string> unreadable
    ) => FindProblemsAsync(admin, caller, request, unreadable, http.HttpContext.RequestAborted);

    private static async Task<List<FieldError>> CheckAsync(
        Session session,
        AdminServices admin,
        KeyRecord draft,
        RuleScope scope
    )
    {
        var errors = await KeyRules.CheckAsync(session, admin, draft, scope);
        var isKnown = admin.KeyFormat.TryGetEnvironment(draft.Environment, out _);
        if (scope.Asks("environment") && !isKnown)
        {
            var code = draft.Environment == Unstated ? "REQUIRED" : "UNKNOWN_ENVIRONMENT";
            var choices = "Must be one of: " + string.Join(", ", admin.KeyFormat.Environments.Select(e => e.Name));
            errors.Add(new("environment", code, choices));
        }
        return errors;
    }

    // What the request gets wrong came first; then what the actor may not, then what the account may not.
    private static async Task<Problem?> RefuseAsync(
        Session session,
        AdminServices admin,
        Account account,
        Caller caller,
        KeyRecord key
    )
    {
        if (Authority.RefuseMaking(admin, caller.Actor, key) is { } excess)
            return excess;
        return await Eligibility.RefuseAsync(session, account, admin.Settings.Eligibility)
            ?? await KeyRules.RefuseMoreAsync(session, admin, account, more: 1);
    }

    // The actor's own, or the only one there is; of several, one must be stated.
    private static string EnvironmentOf(AdminServices admin, Actor actor, Request request) =>
        request.Environment
        ?? actor.Reach.Environment
        ?? (admin.KeyFormat.Environments is [var only] ? only.Name : Unstated);

    // The record but for what is particular to its secret.
    private static KeyRecord Draft(AdminServices admin, Caller caller, Request request)
    {
        var (now, id) = (admin.Clock.Now(), Ids.New(Ids.Key, admin.Clock));
        return new KeyRecord
        {
            Id = id,
            AccountId = caller.AccountId,
            Name = request.Name,
            Description = request.Description,
            KeyPrefix = "",
            Hash = [],
            Environment = EnvironmentOf(admin, caller.Actor, request),
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
    }

    private static (KeyRecord Key, string Secret) WithSecret(AdminServices admin, KeyRecord draft)
    {
        if (!admin.KeyFormat.TryGetEnvironment(draft.Environment, out var environment))
            throw new InvalidOperationException("The environment was not checked.");
        var secret = admin.KeyFormat.Generate(environment!);
        var (hash, pepper) = admin.KeyHasher.HashNew(secret);
        var key = draft with { KeyPrefix = admin.KeyFormat.DisplayPrefix(secret), Hash = hash, PepperId = pepper };
        return (key, secret);
    }
}
