namespace Gateway.Tests;

/// <summary>What the run was given.</summary>
public sealed record RunHeader : HistoryEvent
{
    /// <summary>The seed everything random came from.</summary>
    public required int Seed { get; init; }

    /// <summary>The wall clock as the run began: at <see cref="TimeSpan.Zero"/>.</summary>
    public required DateTimeOffset Epoch { get; init; }

    /// <summary>Length of a lease.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often uses are written.</summary>
    public TimeSpan UsageFlush { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many active keys an account may have, all through the run.</summary>
    public int KeyLimit { get; init; } = 10;

    /// <summary>What each route demands; the same all through the run.</summary>
    public required IReadOnlyList<RouteFacts> Routes { get; init; }
}

/// <summary>What a route demands. All routes need a key.</summary>
public sealed record RouteFacts
{
    /// <summary>What calls name it by.</summary>
    public required string Name { get; init; }

    /// <summary>All of these are needed; empty for none.</summary>
    public string Permissions { get; init; } = "";

    /// <summary>Keys of these environments alone; empty for any.</summary>
    public string Environments { get; init; } = "";

    /// <summary>Whether it asks for a wallet.</summary>
    public RouteWallet Wallet { get; init; }

    /// <summary>How long after its lease a gateway that is cut off may still honour what it has accepted.</summary>
    public TimeSpan MaxStaleness { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>What a route asks about wallets.</summary>
public enum RouteWallet
{
    /// <summary>Nothing: keys for selected wallets are refused.</summary>
    None,

    /// <summary>Nothing, and keys for selected wallets pass.</summary>
    Any,

    /// <summary>The request names one, and a key for selected wallets must be bound to it.</summary>
    Named,
}

/// <summary>The wall clock at an instant of the run: take one about every second.</summary>
public sealed record ClockSample(TimeSpan At, DateTimeOffset Wall) : HistoryEvent;

/// <summary>One request of a client at a gateway.</summary>
/// <param name="Begin">Before its first byte was sent.</param>
/// <param name="End">After its answer was there, or was given up.</param>
/// <param name="Gateway">Label of the gateway it was sent to.</param>
/// <param name="Key">Id of the key it carried; null for none; a name no key has for one that was never issued.</param>
/// <param name="Route">Name of the route it asked for.</param>
/// <param name="Client">The client's address as told by a trusted proxy; null for 127.0.0.1.</param>
/// <param name="Wallet">The wallet it named; null for none.</param>
/// <param name="Status">HTTP status (101 for a WebSocket that opened); 0 for no answer: reset, refused, timed out.</param>
/// <param name="Code">The problem's code; null for an answer of the upstream.</param>
public sealed record Call(
    TimeSpan Begin,
    TimeSpan End,
    string Gateway,
    string? Key,
    string Route,
    string? Client,
    string? Wallet,
    int Status,
    string? Code
) : HistoryEvent;

/// <summary>A stream that opened.</summary>
/// <param name="Opened">When the client knew that it was open.</param>
/// <param name="Closed">When the client saw it end, or ended it; null if it was open at the end.</param>
/// <param name="Gateway">Label of its gateway.</param>
/// <param name="Key">Its key.</param>
/// <param name="Route">Its route.</param>
/// <param name="Client">As in <see cref="Call"/>.</param>
/// <param name="Wallet">As in <see cref="Call"/>.</param>
/// <param name="ByGateway">It ended without the client having ended it.</param>
public sealed record StreamLife(
    TimeSpan Opened,
    TimeSpan? Closed,
    string Gateway,
    string Key,
    string Route,
    string? Client,
    string? Wallet,
    bool ByGateway
) : HistoryEvent;

/// <summary>Last use of a key as the admin API showed it.</summary>
public sealed record LastUsedSample(TimeSpan Begin, TimeSpan End, string Key, DateTimeOffset? Value) : HistoryEvent;

/// <summary>Something done to the fleet.</summary>
/// <param name="Begin">Before it was done.</param>
/// <param name="End">After it was over: what was cut is whole, what was paused goes on, what was killed or stopped is
/// ready again, or the run is over. A fault without a length (dropped connections) has one instant. The last stop of all
/// gateways is one too.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">To whom: a gateway's label (its process, or its way to the store), or one of
/// <see cref="FaultTargets"/>.</param>
public sealed record Fault(TimeSpan Begin, TimeSpan End, FaultKind Kind, string Target) : HistoryEvent;

/// <summary>Targets of faults that are no gateway.</summary>
public static class FaultTargets
{
    /// <summary>The database.</summary>
    public const string Store = "store";

    /// <summary>Redis, or anybody's way to it. It excuses nothing.</summary>
    public const string Redis = "redis";

    /// <summary>An admin process, or its way to the store.</summary>
    public const string Admin = "admin";

    /// <summary>The upstream.</summary>
    public const string Upstream = "upstream";
}

/// <summary>Kinds of faults.</summary>
public enum FaultKind
{
    /// <summary>A process stood still.</summary>
    Pause,

    /// <summary>A process was killed, and was ready again at the end.</summary>
    Kill,

    /// <summary>A process was told to stop, and was ready again at the end.</summary>
    Stop,

    /// <summary>Nothing came through: connections were refused or stood still.</summary>
    Cut,

    /// <summary>Everything came later.</summary>
    Delay,

    /// <summary>Connections were lost; new ones were fine.</summary>
    Drop,
}

/// <summary>One life of a gateway's process. Lives of a label follow one another.</summary>
/// <param name="Gateway">Its label.</param>
/// <param name="Started">Before it was started.</param>
/// <param name="Ready">When it said that it was ready; null if it never did.</param>
/// <param name="Ended">When it had exited; null if it still ran at the end.</param>
/// <param name="Killed">It was not asked to stop.</param>
/// <param name="Dropped">Uses it had dropped, as its metrics said last.</param>
public sealed record ProcessLife(
    string Gateway,
    TimeSpan Started,
    TimeSpan? Ready,
    TimeSpan? Ended,
    bool Killed,
    long Dropped
) : HistoryEvent;

/// <summary>A row of the change feed, read from the store at the end.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Kind">As the store has it, such as <c>key.updated</c>.</param>
/// <param name="Account">The account.</param>
/// <param name="Key">The key; null for a change of the account.</param>
public sealed record FeedEntry(long Number, string Kind, string Account, string? Key) : HistoryEvent;

/// <summary>What the store knows of a key's use, after the last gateway had stopped.</summary>
/// <param name="Key">The key.</param>
/// <param name="Accepted">Accepted requests, of all hours.</param>
/// <param name="LastUsed">Its last use.</param>
public sealed record UsesInStore(string Key, long Accepted, DateTimeOffset? LastUsed) : HistoryEvent;
