using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>PATCH /v1/api-keys/{id}</c>: changes what is stated; null clears, what is absent stays.</summary>
public static class UpdateKey
{
    /// <summary>What is to be changed: the fields in <see cref="Given"/>.</summary>
    /// <param name="Name">For people; revoking asks for it.</param>
    /// <param name="Description">For people; null for none.</param>
    /// <param name="ExpiresAt">Refused from this instant on; null for never.</param>
    /// <param name="AllowedIps">Addresses and CIDRs it may be used from; null for anywhere.</param>
    /// <param name="Permissions">Grants of this key alone; null leaves the role's.</param>
    /// <param name="WalletScope">Which wallets it may act for.</param>
    /// <param name="WalletBindings">The wallets of a <c>selected</c> key.</param>
    /// <param name="SigningWalletId">The wallet the upstream signs with; null for none.</param>
    /// <param name="RateLimit">Null for no limit.</param>
    public sealed record Request(
        string? Name,
        string? Description,
        DateTimeOffset? ExpiresAt,
        IReadOnlyList<string>? AllowedIps,
        IReadOnlyList<string>? Permissions,
        WalletScope? WalletScope,
        IReadOnlyList<WalletBinding>? WalletBindings,
        string? SigningWalletId,
        RateLimit? RateLimit
    )
    {
        /// <summary>Names of the fields that were stated, with null or not.</summary>
        [System.Text.Json.Serialization.JsonIgnore]
        public IReadOnlySet<string> Given { get; init; } = new HashSet<string>(StringComparer.Ordinal);

        /// <summary>ETag of the version that is to be changed; null for whichever it is.</summary>
        [System.Text.Json.Serialization.JsonIgnore]
        public string? IfMatch { get; init; }

        internal static Request Read(Fields fields)
        {
            var scope = KeyFields.Scope(fields);
            if (scope is null && fields.Has("walletScope"))
                fields.RefuseOnce("walletScope", "REQUIRED", "Must be 'all' or 'selected'.");
            return new(
                fields.Has("name") ? KeyFields.Name(fields) : null,
                KeyFields.Description(fields),
                KeyFields.ExpiresAt(fields),
                KeyFields.AllowedIps(fields),
                KeyFields.Permissions(fields),
                scope,
                KeyFields.Bindings(fields),
                KeyFields.WalletId(fields, "signingWalletId"),
                KeyFields.Limit(fields)
            )
            {
                Given = fields.Given,
            };
        }

        internal KeyRecord Apply(KeyRecord key)
        {
            var scope = WalletScope ?? key.WalletScope;
            // A key that is freed for all wallets has no use for the list it had.
            var isFreed = scope == Gateway.Keys.WalletScope.All && key.WalletScope != scope;
            return key with
            {
                Name = Name ?? key.Name,
                Description = Given.Contains("description") ? Description : key.Description,
                ExpiresAt = Given.Contains("expiresAt") ? ExpiresAt : key.ExpiresAt,
                AllowedIps = Given.Contains("allowedIps") ? AllowedIps : key.AllowedIps,
                Permissions = Given.Contains("permissions") ? Permissions : key.Permissions,
                WalletScope = scope,
                WalletBindings =
                    isFreed || Given.Contains("walletBindings") ? WalletBindings ?? [] : key.WalletBindings,
                SigningWalletId = Given.Contains("signingWalletId") ? SigningWalletId : key.SigningWalletId,
                RateLimit = Given.Contains("rateLimit") ? RateLimit : key.RateLimit,
            };
        }
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapPatch(
                "/{id}",
                Exchange.WriteFrom(
                    Ok,
                    Request.Read,
                    (admin, caller, http, request) =>
                        RunAsync(admin, caller, Exchange.IdOf(http), request with { IfMatch = http.Headers.IfMatch }),
                    FindProblemsAsync
                )
            )
            .AboutAccount(Permission.Write)
            .Accepts<Request>("application/json")
            .Produces<Envelope<KeyAnswer>>()
            .Takes(Parameters.Wait, Parameters.IfMatch)
            .Refuses(400, "SELF_MODIFICATION")
            .Refuses(404, "KEY_NOT_FOUND")
            .Refuses(409, "KEY_REVOKED", "KEY_ROTATING", "KEY_LIMIT_REACHED")
            .Refuses(412, "PRECONDITION_FAILED")
            .Example(
                """
                { "expiresAt": null, "allowedIps": ["203.0.113.0/24"] }
                """
            )
            .Describe("updateApiKey", Tags.Keys, "Change an API key");

    private const int Ok = StatusCodes.Status200OK;

    /// <summary>Changes a key.</summary>
    public static Task<Outcome<Written<KeyAnswer>>> RunAsync(
        AdminServices admin,
        Caller caller,
        string id,
        Request request
    ) =>
        admin.WriteKeyAsync<KeyAnswer>(
            caller,
            Ok,
            id,
            async write =>
            {
                var changed = request.Apply(write.Key);
                if (await RefuseAsync(write, request, changed) is { } problem)
                    return problem;
                if (IsSame(write.Key, changed))
                    return await write.NothingToDoAsync();
                return await write.SaveAsync("key.update", ChangeKinds.KeyUpdated, changed);
            }
        );

    private static Task<List<FieldError>> FindProblemsAsync(
        AdminServices admin,
        Caller caller,
        HttpRequest http,
        Request request,
        IReadOnlySet<string> unreadable
    ) =>
        admin.Database.ReadAsync(
            s => FindProblemsAsync(s, admin, caller, http, request, unreadable),
            http.HttpContext.RequestAborted
        );

    private static async Task<List<FieldError>> FindProblemsAsync(
        Session session,
        AdminServices admin,
        Caller caller,
        HttpRequest http,
        Request request,
        IReadOnlySet<string> unreadable
    )
    {
        var key = await session.GetKeyAsync(Exchange.IdOf(http));
        // Of a key the caller may not change, nothing is said.
        if (key is not { RevokedAt: null } || key.AccountId != caller.AccountId)
            return [];
        if (Authority.RefuseTarget(admin, caller.Actor, key) is not null)
            return [];
        return await KeyRules.CheckAsync(session, admin, request.Apply(key), new RuleScope(request.Given, unreadable));
    }

    private static async Task<Problem?> RefuseAsync(KeyWrite write, Request request, KeyRecord changed)
    {
        var (admin, before) = (write.Admin, write.Key);
        if (before.RevokedAt is not null)
            return Problems.KeyRevoked();
        if (!ETags.Matches(request.IfMatch, before.Version))
            return Problems.PreconditionFailed();
        if (
            await KeyRules.CheckAsync(write.Session, admin, changed, new RuleScope(request.Given)) is
            { Count: > 0 } errors
        )
            return Problems.Validation(errors);
        if (Authority.RefuseUpdate(admin, write.Caller.Actor, before, changed) is { } excess)
            return excess;
        var isLifted = KeyRules.IsLive(changed, write.Now) && !KeyRules.IsLive(before, write.Now);
        if (isLifted && await KeyRules.LineIsFullAsync(write.Session, before, write.Now))
            return Problems.KeyRotating();
        var revives = !KeyRules.Counts(before, write.Now) && KeyRules.Counts(changed, write.Now);
        return revives ? await KeyRules.RefuseMoreAsync(write.Session, admin, write.Account, more: 1) : null;
    }

    // As the API shows them; lists are not compared by a record's own equality.
    private static bool IsSame(KeyRecord a, KeyRecord b) =>
        System.Text.Json.Nodes.JsonNode.DeepEquals(Node(a), Node(b));

    private static System.Text.Json.Nodes.JsonNode? Node(KeyRecord key) =>
        System.Text.Json.JsonSerializer.SerializeToNode(KeyView.Of(key, key.UpdatedAt), Json.Options);
}
