using System.Data.Common;
using System.Net;

namespace Gateway.Admin;

/// <summary>
/// Revocations that whoever holds a secret has asked for, carried out beside their answers: so an answer tells nothing of
/// whether there was something to revoke, neither by its time nor by its failing.
/// <code>
/// bounded   so many at a time; one that has no turn is refused, whatever its key
/// kept      a store that fails is asked again, for more than a minute; a process that stops finishes them first
/// told      what came to nothing is logged and counted
/// </code>
/// </summary>
public sealed class HeldRevocations(
    AdminServices admin,
    LeakedTokens tokens,
    AdminMetrics metrics,
    IHostApplicationLifetime lifetime,
    ILogger<HeldRevocations> log
) : IHostedService
{
    /// <summary>How many are carried out at a time: each holds a secret in memory and may wait for the store.</summary>
    public const int MaxUnderWay = 64;

    // As long as a failover takes.
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMilliseconds(250),
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(15),
        TimeSpan.FromSeconds(60),
    ];

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly SemaphoreSlim _turns = new(MaxUnderWay);
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationToken _stopping = lifetime.ApplicationStopping;

    /// <summary>Begins one; it goes on when the answer has been given.</summary>
    /// <param name="secret">What is to end.</param>
    /// <param name="client">Who holds it.</param>
    /// <param name="requestId">The request.</param>
    /// <returns>False when as many as may be are under way.</returns>
    public bool TryBegin(string secret, IPAddress client, string requestId)
    {
        if (!_turns.Wait(0))
            return false;
        // Elsewhere: SQLite blocks the thread that asks it, and the answer must not wait for that.
        _ = Task.Run(() => CarryOutAsync(secret, client, requestId));
        return true;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for what is under way, for as long as the process is given; what failed is tried again without a
    /// pause.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var late = cancellationToken.Register(_giveUp.Cancel);
        while (_turns.CurrentCount < MaxUnderWay && !cancellationToken.IsCancellationRequested)
            await Task.Delay(Look, admin.Clock, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (MaxUnderWay - _turns.CurrentCount is > 0 and var lost)
            log.LogError("Revocations by who holds the secret are lost as the process stops: {Count}", lost);
    }

    private async Task CarryOutAsync(string secret, IPAddress client, string requestId)
    {
        try
        {
            // A turn is taken for as long whether there is something to revoke or not.
            await Task.WhenAll(RevokeAsync(secret, client, requestId), PauseAsync(RevokeHeldKey.AnswerAfter));
        }
        catch (Exception e)
        {
            metrics.CountUndecidedLeaks(1);
            log.LogError(e, "A revocation by who holds the secret came to nothing; request {RequestId}", requestId);
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task RevokeAsync(string secret, IPAddress client, string requestId)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await StopAsync(secret, client, requestId);
                return;
            }
            // A process that stops has less time, and uses all of it.
            catch (Exception e)
                when (e is DbException or TimeoutException
                    && (attempt < Pauses.Length || _stopping.IsCancellationRequested)
                    && !_giveUp.IsCancellationRequested
                )
            {
                log.LogWarning(
                    "A revocation by who holds the secret failed and is tried again: {Problem}; request {RequestId}",
                    e.Message,
                    requestId
                );
                if (_stopping.IsCancellationRequested)
                    await Task.Delay(Pauses[0], admin.Clock, _giveUp.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                else
                    await PauseAsync(Pauses[attempt]);
            }
        }
    }

    private async Task StopAsync(string secret, IPAddress client, string requestId)
    {
        var place = new LeakReport(secret, null, null, null);
        if (LeakedTokens.MayBe(admin, secret))
        {
            if (await LeakedTokens.FindAsync(admin, secret) is { } token)
                await tokens.StopAsync(CallerOf(token.OperatorId, client, requestId), token, place);
            return;
        }
        if (!admin.KeyFormat.TryParse(secret, out _))
            return;
        var (key, isUndecided) = await LeakedKeys.FindAsync(admin, secret);
        if (isUndecided)
            throw new InvalidOperationException("It may be a key that was hashed under a pepper this process lacks.");
        if (key is null)
            return;
        var caller = CallerOf(key.Id, client, requestId);
        var stop = new LeakStop(Revoke: true, Always: true);
        if ((await LeakedKeys.StopAsync(admin, caller, key, [place], stop)).Problem is { } problem)
            throw new InvalidOperationException(problem.Code);
    }

    private static Caller CallerOf(string id, IPAddress client, string requestId) =>
        new()
        {
            Actor = Actor.Holder(id),
            Ip = client,
            RequestId = requestId,
        };

    private async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, admin.Clock, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
