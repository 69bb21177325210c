using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>
/// <c>POST /v1/api-keys/{id}/rotate</c>: the same key with another secret; both work until the grace period is over.
/// A line has at most two live secrets: while a predecessor is in its grace period, the key that is rotated is revoked
/// at once (its secret was lost before it was in use), another one is handed out, and the predecessor's deadline stays.
/// </summary>
public static class RotateKey
{
    private const int MaxGraceHours = 168;
    private const int DefaultGraceHours = 24;
    private const int Created = StatusCodes.Status201Created;

    /// <summary>What is asked for.</summary>
    /// <param name="GracePeriodHours">How long the old secret still works; 0 ends it at once.</param>
    public sealed record Request(int? GracePeriodHours)
    {
        internal static Request Read(Fields fields)
        {
            var hours = fields.Integer("gracePeriodHours");
            if (hours is < 0 or > MaxGraceHours)
                fields.Refuse("gracePeriodHours", "OUT_OF_RANGE", $"Must be 0 to {MaxGraceHours}.");
            return new Request(hours);
        }
    }

    /// <summary>The secret that still works besides the new one, or no longer.</summary>
    /// <param name="Id">Its key.</param>
    /// <param name="RotationDeadline">It is refused from here on.</param>
    public sealed record PreviousKey(string Id, DateTimeOffset RotationDeadline);

    /// <summary>What is answered.</summary>
    /// <param name="ApiKey">The new key, with its secret.</param>
    /// <param name="PreviousKey">The old one.</param>
    public sealed record Response(KeyView ApiKey, PreviousKey PreviousKey) : KeyAnswer(ApiKey);

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) =>
        keys.MapPost("/{id}/rotate", Exchange.Write<Request, Response>(Created, Request.Read, RunAsync))
            .AboutAccount(Permission.Write)
            .Accepts<Request>(isOptional: true, "application/json")
            .Produces<Envelope<Response>>(Created)
            .Takes(Parameters.Wait, Parameters.IdempotencyKey)
            .Refuses(400, "SELF_MODIFICATION")
            .Refuses(403, "NOT_ELIGIBLE")
            .Refuses(404, "KEY_NOT_FOUND")
            .Refuses(409, "KEY_REVOKED", "KEY_ROTATING", "KEY_EXPIRED", "KEY_DISABLED", "ENVIRONMENT_GONE")
            .Example(
                """
                { "gracePeriodHours": 24 }
                """
            )
            .Describe("rotateApiKey", Tags.Keys, "Rotate an API key");

    /// <summary>Issues a successor.</summary>
    public static Task<Outcome<Written<Response>>> RunAsync(
        AdminServices admin,
        Caller caller,
        string id,
        Request request
    ) =>
        admin.WriteKeyAsync<Response>(
            caller,
            Created,
            id,
            async write =>
            {
                if (await RefuseAsync(write) is { } problem)
                    return problem;
                if (!admin.KeyFormat.TryGetEnvironment(write.Key.Environment, out var environment))
                    return Problems.EnvironmentGone();
                var grace = TimeSpan.FromHours(request.GracePeriodHours ?? DefaultGraceHours);
                return await SucceedAsync(write, environment!, grace);
            }
        );

    private static async Task<Problem?> RefuseAsync(KeyWrite write)
    {
        var key = write.Key;
        if (key.RevokedAt is not null)
            return Problems.KeyRevoked();
        if (key.RotatedTo is not null)
            return Problems.KeyRotating();
        if (key.ExpiresAt <= write.Now)
            return Problems.KeyExpired();
        if (key.DisabledAt is not null)
            return Problems.KeyDisabled();
        // Whoever rotates a key holds it afterwards: it must be as narrow as a key they had made.
        if (Authority.RefuseMaking(write.Admin, write.Caller.Actor, key) is { } excess)
            return excess;
        return await Eligibility.RefuseAsync(write.Session, write.Account, write.Admin.Settings.Eligibility);
    }

    private static async Task<Written<Response>> SucceedAsync(
        KeyWrite write,
        KeyEnvironment environment,
        TimeSpan grace
    )
    {
        var (session, key, now) = (write.Session, write.Key, write.Now);
        var line = await session.ListLineAsync(key.LineId);
        // An expired one too: its expiry can be lifted again while its deadline is ahead.
        var inGrace = line.Find(k => k.RevokedAt is null && k.RotationDeadline > now);
        var (successor, secret) = Succeed(write, environment);
        var ended = inGrace is not null || grace == TimeSpan.Zero;
        var old = (ended ? write.Revoked(key) : key) with
        {
            RotatedTo = successor.Id,
            RotationDeadline = ended ? now : now + grace,
        };

        await session.InsertKeyAsync(successor);
        await session.AuditAsync(
            write.Admin,
            write.Caller,
            "key.create",
            successor.Id,
            null,
            KeyView.Of(successor, now)
        );
        await session.AppendChangeAsync(ChangeKinds.KeyCreated, successor.AccountId, successor);
        var kind = ended ? ChangeKinds.KeyRevoked : ChangeKinds.KeyUpdated;
        var (_, change) = await write.SaveAsync(key, "key.rotate", kind, old);

        var previous = inGrace ?? old;
        var answer = new Response(
            write.Admin.ViewOf(successor, now) with
            {
                Key = secret,
            },
            new PreviousKey(previous.Id, previous.RotationDeadline!.Value)
        );
        return new Written<Response>(answer, change);
    }

    private static (KeyRecord Key, string Secret) Succeed(KeyWrite write, KeyEnvironment environment)
    {
        var admin = write.Admin;
        var secret = admin.KeyFormat.Generate(environment);
        var (hash, pepper) = admin.KeyHasher.HashNew(secret);
        var successor = write.Key with
        {
            Id = Ids.New(Ids.Key, admin.Clock),
            KeyPrefix = admin.KeyFormat.DisplayPrefix(secret),
            Hash = hash,
            PepperId = pepper,
            RotatedFrom = write.Key.Id,
            CreatedBy = write.Caller.Actor.Id,
            CreatedAt = write.Now,
            UpdatedAt = write.Now,
            Version = 1,
            LastUsedAt = null,
        };
        return (successor, secret);
    }
}
