using System.Net;
using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// From a bearer credential to an actor. Keys pass checks 2 to 7 of SPEC 5 here too (there are no environments to check; check 10 is the gate's),
/// against a record that is read from the store each time: a revoked key is refused by the next call.
/// </summary>
public sealed class Authenticator(AdminServices admin)
{
    private readonly AdminOptions _options = admin.Settings.Admin;

    /// <summary>The actor, or the refusal. A store that cannot be asked is an exception, never a refusal. The configured
    /// operator is known without the store, and is refused by <see cref="RefuseConfiguredAsync"/>.</summary>
    /// <param name="credential">What follows <c>Bearer</c>.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="canAsk">Whether the store can be asked; if not, only what needs no store is decided.</param>
    /// <param name="ct">Cancels the look-up.</param>
    public async Task<Outcome<Actor>> AuthenticateAsync(
        string credential,
        IPAddress client,
        bool canAsk,
        CancellationToken ct
    )
    {
        if (_options.OperatorToken.Length > 0 && OperatorTokens.AreEqual(credential, _options.OperatorToken))
            return Actor.ConfiguredOperator();
        var isToken = OperatorTokens.IsWellFormed(credential);
        if (!isToken && !admin.KeyFormat.TryParse(credential, out _))
            return Problem.Of(DenyReason.InvalidApiKey);
        // Switched off, it is not said either whether the key is good.
        if (!isToken && !_options.KeyActors)
            return Problems.OperatorsOnly();
        if (!canAsk)
            return Problem.Of(DenyReason.VerificationUnavailable);
        return isToken ? await FindOperatorAsync(credential, ct) : await FindKeyAsync(credential, client, ct);
    }

    /// <summary>The operator with this token, or the refusal: what the console signs in.</summary>
    public async Task<Outcome<Actor>> AuthenticateOperatorAsync(string token, CancellationToken ct)
    {
        if (_options.OperatorToken.Length > 0 && OperatorTokens.AreEqual(token, _options.OperatorToken))
        {
            var configured = Actor.ConfiguredOperator();
            return await RefuseConfiguredAsync(configured) is { } refused ? refused : configured;
        }
        return OperatorTokens.IsWellFormed(token)
            ? await FindOperatorAsync(token, ct)
            : Problem.Of(DenyReason.InvalidApiKey);
    }

    /// <summary>Refuses the configured operator when others know its token. A store that cannot be asked is an
    /// exception.</summary>
    /// <returns>Null for everybody else.</returns>
    public async Task<Problem?> RefuseConfiguredAsync(Actor actor) =>
        actor is { IsOperator: true, Id: Actor.ConfiguredOperatorId }
        && await admin.Database.ReadAsync(s => LeakedTokens.IsConfiguredRefusedAsync(s, admin))
            ? Problem.Of(DenyReason.InvalidApiKey)
            : null;

    /// <summary>
    /// Reads the acting key or person again inside a transaction that holds the lock of its account, so that nothing a key
    /// does can commit after its own revocation, or beyond what it was narrowed to, and nothing a person does after their
    /// removal.
    /// </summary>
    /// <returns>The caller as it stands now, or the refusal.</returns>
    public async Task<Outcome<Caller>> RecheckAsync(Session session, Caller caller, Account own)
    {
        if (caller.Actor.Type == ActorType.Person)
            return await RecheckPersonAsync(session, caller, own);
        if (caller.Actor.Key is not { } known)
            return caller;
        if (await session.GetKeyAsync(known.Id) is not { } key)
            return Problem.Of(DenyReason.InvalidApiKey);
        if (Judge(key, own.SuspendedAt is not null, caller.Ip) is { } reason)
            return Problem.Of(reason);
        return Permitted(caller, Actor.Of(key, admin.ReachOf(key)));
    }

    private async Task<Outcome<Caller>> RecheckPersonAsync(Session session, Caller caller, Account own)
    {
        if (await session.GetPersonAsync(own.Id, caller.Actor.Id) is not { } person)
            return Problems.AccountNotFound();
        // As with its keys: while an account is suspended only operators change anything about it.
        if (own.SuspendedAt is not null)
            return Problem.Of(DenyReason.AccountSuspended);
        return Permitted(
            caller,
            Actor.Of(person, PersonRoles.ReachOf(PersonRoles.Parse(person.Role), admin.KeyFormat))
        );
    }

    private static Outcome<Caller> Permitted(Caller caller, Actor actor) =>
        caller.Permission is { } needed && !actor.Reach.Grants.Allows(needed)
            ? Problem.Of(DenyReason.InsufficientPermissions, needed)
            : caller with
            {
                Actor = actor,
            };

    /// <summary>
    /// Reads the acting operator again inside the transaction of a write, and holds it until commit: what an operator does
    /// is committed before its removal or not at all. Of the actor and whom it removes the one with the lower id is locked
    /// first, so that two who remove each other at once come one after the other, and the later finds itself gone. The
    /// configured operator has no row to hold: on Postgres a write that commits in the very moment its token is refused
    /// may still come through.
    /// </summary>
    /// <param name="session">The transaction.</param>
    /// <param name="admin">What operations work with.</param>
    /// <param name="actor">Who writes.</param>
    /// <param name="removes">Id of the operator that is to be removed; null for none.</param>
    /// <returns>Null when it may go on.</returns>
    public static async Task<Problem?> RecheckOperatorAsync(
        Session session,
        AdminServices admin,
        Actor actor,
        string? removes
    )
    {
        if (!actor.IsOperator)
            return null;
        if (actor.Id == Actor.ConfiguredOperatorId)
            return await LeakedTokens.IsConfiguredRefusedAsync(session, admin)
                ? Problem.Of(DenyReason.InvalidApiKey)
                : null;
        if (removes is not null && string.CompareOrdinal(removes, actor.Id) < 0)
            await session.GetOperatorAsync(removes, session.Dialect.ForUpdate);
        return await session.GetOperatorAsync(actor.Id, session.Dialect.ForShare) is null
            ? Problem.Of(DenyReason.InvalidApiKey)
            : null;
    }

    private async Task<Outcome<Actor>> FindOperatorAsync(string token, CancellationToken ct)
    {
        var hash = OperatorTokens.Hash(token);
        var found = await admin.Database.ReadAsync(s => s.FindOperatorByTokenHashAsync(hash, ct), ct);
        return found is not null && CryptographicOperations.FixedTimeEquals(found.TokenHash, hash)
            ? Actor.Operator(found.Id, found.Name)
            : Problem.Of(DenyReason.InvalidApiKey);
    }

    private async Task<Outcome<Actor>> FindKeyAsync(string credential, IPAddress client, CancellationToken ct)
    {
        var (facts, isForeign) = await admin.Database.ReadAsync(s => FindFactsAsync(s, credential, ct), ct);
        if (facts is null)
            return Problem.Of(isForeign ? DenyReason.VerificationUnavailable : DenyReason.InvalidApiKey);
        var reason = admin.KeyHasher.Match(credential, facts.Key) switch
        {
            HashMatch.Yes => Judge(facts.Key, facts.AccountSuspended, client),
            HashMatch.Undecidable => DenyReason.VerificationUnavailable,
            _ => DenyReason.InvalidApiKey,
        };
        return reason is { } r ? Problem.Of(r) : Actor.Of(facts.Key, admin.ReachOf(facts.Key));
    }

    private async Task<(KeyFacts? Facts, bool IsForeign)> FindFactsAsync(
        Session session,
        string credential,
        CancellationToken ct
    )
    {
        if (await session.FindKeyByHashAsync(admin.KeyHasher.Candidates(credential), ct) is { } facts)
            return (facts, false);
        var prefix = admin.KeyFormat.DisplayPrefix(credential);
        return (null, await session.HasForeignPepperAsync(prefix, admin.KeyHasher.PepperIds, ct));
    }

    private DenyReason? Judge(KeyRecord key, bool accountSuspended, IPAddress client) =>
        key.StatusAt(admin.Clock.Now()) switch
        {
            KeyStatus.Revoked => DenyReason.RevokedApiKey,
            KeyStatus.Disabled => DenyReason.DisabledApiKey,
            KeyStatus.Expired => DenyReason.ExpiredApiKey,
            _ when accountSuspended => DenyReason.AccountSuspended,
            _ when key.AllowedIps is { } entries && !IpRanges.Parse(entries, []).Contains(client) =>
                DenyReason.IpNotAllowed,
            _ => null,
        };
}
