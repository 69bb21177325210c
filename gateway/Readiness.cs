namespace Gateway;

/// <summary>Whether this process can answer, and in words why not.</summary>
/// <param name="Status"><c>ready</c>, <c>degraded</c> (still answers what it has cached) or <c>unready</c>.</param>
/// <param name="Reasons">One sentence each; empty when ready.</param>
public sealed record ReadinessState(string Status, IReadOnlyList<string> Reasons)
{
    /// <summary>What a status may be.</summary>
    internal static IReadOnlyList<string> Words { get; } = ["ready", "degraded", "unready"];

    /// <summary>Whether a load balancer should send requests here. A store outage must not become a total one, so
    /// <c>degraded</c> still counts.</summary>
    public bool CanAnswer => Status != "unready";
}

/// <summary>Judges readiness: the schema is there, the first sync is done, the public listener listens, the process is not
/// draining, and something can still be answered.</summary>
public sealed class Readiness(
    ChangeFollower follower,
    Lease lease,
    RoutesFile routes,
    SettingsWatch settings,
    Drain drain,
    IHostApplicationLifetime lifetime
)
{
    /// <summary>How it stands.</summary>
    public ReadinessState Now()
    {
        if (drain.IsDraining || lifetime.ApplicationStopping.IsCancellationRequested)
            return new("unready", ["The process is stopping and drains."]);
        // The ops listener and the follower are there before the public one is bound.
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
            return new("unready", ["The process is starting: it does not listen yet."]);
        var reasons = new List<string>();
        if (follower.Problem is { } problem)
            reasons.Add(problem);
        if (routes.LastError is { } error)
            reasons.Add($"The routes file was refused, the last good one is in force: {error}");
        if (settings.Others is { Count: > 0 } others)
            reasons.Add($"Roles, peppers or environments are not the same as those of {string.Join(", ", others)}.");
        if (!follower.Synced)
            return new("unready", reasons.Count > 0 ? reasons : ["The first sync is not done."]);
        var moment = lease.Now();
        if (!lease.Holds(moment))
        {
            reasons.Add("The lease is over: only accepts that are cached are honoured, for as long as routes allow.");
            if (!lease.Honours(moment, TimeSpan.MaxValue))
                return new("unready", reasons);
        }
        return new(reasons.Count == 0 ? "ready" : "degraded", reasons);
    }
}
