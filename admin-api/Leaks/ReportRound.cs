using System.Security.Cryptography;
using System.Text;

namespace Gateway.Admin;

/// <summary>
/// One report being carried out, each secret in it by itself, so that none that leaked stays alive for what stands beside it:
/// <code>
/// 1 findings that cannot be read      are told as such
/// 2 each secret, however often found  its key is stopped and committed before the next is looked at
/// 3 operators' tokens last            the reporter's own may be among them
/// 4 what could not be decided         the store failed, or the pepper is not here: told at the end
/// </code>
/// Nothing is cancelled when the reporter hangs up.
/// </summary>
public sealed class ReportRound(
    AdminServices admin,
    Caller caller,
    LeakedTokens tokens,
    AdminMetrics metrics,
    ILogger<ReportRound> log
)
{
    // A store that is away takes seconds to fail, and a report has thousands of findings.
    private const int MaxFailuresInARow = 3;

    private static readonly LeakView Unreadable = new(null, LeakLabels.Unreadable);

    private int _failures;

    /// <summary>The last change that was made; null for none.</summary>
    public long? Change { get; private set; }

    /// <summary>Carries out a report.</summary>
    /// <param name="findings">Null for each that cannot be read.</param>
    /// <returns>What became of each, in the order of the report.</returns>
    public async Task<IReadOnlyList<LeakView>> RunAsync(IReadOnlyList<LeakReport?> findings)
    {
        var views = new Dictionary<string, LeakView>(StringComparer.Ordinal);
        var secrets = findings.OfType<LeakReport>().GroupBy(f => f.Token, StringComparer.Ordinal);
        foreach (var places in secrets.OrderBy(s => LeakedTokens.MayBe(admin, s.Key)))
            views[places.Key] = await TryAsync(places.Key, [.. places]);
        List<LeakView> all = [.. findings.Select(f => f is null ? Unreadable : views[f.Token])];
        if (all.Count(v => v.Label == LeakLabels.Undecided) is > 0 and var undecided)
        {
            metrics.CountUndecidedLeaks(undecided);
            log.LogWarning(
                "{Count} findings of a report of leaked keys could not be decided; request {RequestId}",
                undecided,
                caller.RequestId
            );
        }
        return all;
    }

    private async Task<LeakView> TryAsync(string secret, IReadOnlyList<LeakReport> places)
    {
        var view = new LeakView(HashOf(secret), LeakLabels.False);
        var isToken = LeakedTokens.MayBe(admin, secret);
        if (!isToken && !admin.KeyFormat.TryParse(secret, out _))
            return view;
        if (_failures >= MaxFailuresInARow)
            return view with { Label = LeakLabels.Undecided };
        try
        {
            view = isToken ? await JudgeTokenAsync(view, secret, places[0]) : await JudgeKeyAsync(view, secret, places);
            _failures = 0;
            return view;
        }
        // Whatever it is, a damaged row for one: it is not the fault of the others.
        catch (Exception e)
        {
            _failures++;
            log.LogError(e, "A finding of a leaked key failed; request {RequestId}", caller.RequestId);
            return view with { Label = LeakLabels.Undecided };
        }
    }

    private async Task<LeakView> JudgeTokenAsync(LeakView view, string secret, LeakReport place)
    {
        if (await LeakedTokens.FindAsync(admin, secret) is not { } token)
            return view;
        await tokens.StopAsync(caller, token, place);
        return view with { Label = LeakLabels.True, OperatorId = token.OperatorId, Status = "removed" };
    }

    private async Task<LeakView> JudgeKeyAsync(LeakView view, string secret, IReadOnlyList<LeakReport> places)
    {
        var (key, isUndecided) = await LeakedKeys.FindAsync(admin, secret);
        if (key is null)
            return isUndecided ? view with { Label = LeakLabels.Undecided } : view;
        // Whoever signs can be repeated by others; an operator who says it again means it.
        var stop = new LeakStop(admin.Settings.Leaks.Revokes, Always: caller.Actor.IsOperator);
        if (!(await LeakedKeys.StopAsync(admin, caller, key, places, stop)).TryGet(out var written, out var problem))
        {
            log.LogError(
                "Leaked key {KeyId} was not stopped: {Code}; request {RequestId}",
                key.Id,
                problem.Code,
                caller.RequestId
            );
            return view with { Label = LeakLabels.Undecided };
        }
        Change = written.Change > Change || Change is null ? written.Change : Change;
        return view with
        {
            Label = LeakLabels.True,
            KeyId = key.Id,
            AccountId = key.AccountId,
            Status = written.Answer.ApiKey.Status.ToString().ToLowerInvariant(),
        };
    }

    private static string HashOf(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
