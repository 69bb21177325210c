namespace Gateway;

/// <summary>Settings under <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>The longest a stop may be told to take, twice: an hour, past any orchestrator's patience.</summary>
    internal const int LongestDrainSeconds = 3_600;

    /// <summary>Label of this instance in the fleet and in receipts; the host's name unless stated.</summary>
    public string InstanceId { get; set; } = Environment.MachineName;

    /// <summary>CIDRs whose <see cref="ClientAddressHeader"/> is believed; empty believes nobody.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>The one header trusted proxies name the client in: <c>X-Forwarded-For</c> or <c>Forwarded</c>.</summary>
    public string ClientAddressHeader { get; set; } = "X-Forwarded-For";

    /// <summary>Also take a key from <c>X-API-Key</c>; both that and <c>Authorization</c> at once is 400.</summary>
    public bool ApiKeyHeader { get; set; }

    /// <summary>JSON file with a <c>ReverseProxy</c> section; watched.</summary>
    public string RoutesFile { get; set; } = "routes.json";

    /// <summary>Largest request body in bytes. 100 MiB: an upload fits, a filler does not. Bodies are passed on without
    /// being kept, so this bounds time and bandwidth rather than memory; gRPC streams and WebSockets are not bounded by
    /// it.</summary>
    public long MaxRequestBodyBytes { get; set; } = 100L << 20;

    /// <summary>Whether each request gets a line in the log (<see cref="AccessLog"/>): address, method, path without its query,
    /// status, refusal, route, key id, request id, time.</summary>
    public bool AccessLog { get; set; }

    /// <summary>Listeners behind a proxy that sends the PROXY protocol.</summary>
    public ProxyProtocolOptions ProxyProtocol { get; set; } = new();

    /// <summary>Seconds the process serves on once it was told to stop, not ready any more, so that load balancers stop
    /// sending first. 5: two health checks two seconds apart, and one to spare.</summary>
    public int DrainDelaySeconds { get; set; } = 5;

    /// <summary>Seconds requests in flight may take to finish after that. The process is gone a few seconds later at the
    /// latest: what started it must not kill it before.</summary>
    public int DrainSeconds { get; set; } = 25;

    /// <summary>Carries a request on with the thread that heard of its socket, instead of handing it to the pool at each
    /// step. Nothing on a request's way blocks; what may, SQLite, is asked on the pool.</summary>
    public bool InlineScheduling { get; set; } = true;

    /// <summary>Reads from a client's connection straight away, instead of first asking whether there is something: a call
    /// of the system fewer for each request, 4 KiB more for each idle connection.</summary>
    public bool ReadWithoutWaiting { get; set; } = true;
}

/// <summary>Settings under <c>Cache</c>.</summary>
public sealed class CacheOptions
{
    /// <summary>The most there may be of what is kept in memory: more than fits into any machine.</summary>
    internal const int Most = 100_000_000;

    /// <summary>The most look-ups at once: more connections than a database has.</summary>
    internal const int MostLookups = 10_000;

    /// <summary>The longest a request may wait for a look-up: a minute, after which nobody waits for its answer.</summary>
    internal const int LongestMs = 60_000;

    /// <summary>Keys kept in memory; some 1.6 KB each on average (<c>make scale</c>), more with long address lists.</summary>
    public int MaxKeys { get; set; } = 100_000;

    /// <summary>Unknown keys remembered that had to be looked up, while the hashes of all keys are not known yet or by
    /// coincidence, so that a bot with one does not become look-ups.</summary>
    public int MaxUnknown { get; set; } = 10_000;

    /// <summary>Look-ups in the store at once: more would only queue there. A quarter of them is kept for credentials that
    /// are known to be keys.</summary>
    public int MaxLookups { get; set; } = 16;

    /// <summary>Look-ups running or waiting, past which a further one is answered 503 at once. A quarter of them is kept
    /// for credentials that are known to be keys.</summary>
    public int MaxWaiting { get; set; } = 1_024;

    /// <summary>Milliseconds a look-up may wait for its turn before the request is answered 503.</summary>
    public int LookupWaitMs { get; set; } = 500;

    /// <summary>Milliseconds a look-up may take before the request is answered 503.</summary>
    public int LookupTimeoutMs { get; set; } = 2_000;

    /// <summary>How many of these places credentials may take that nothing says are keys: three in four, since at first
    /// that is said of no key at all, and at least one.</summary>
    internal int UnprovenOf(int places) => Math.Max(1, places - Math.Max(1, places / 4));
}

/// <summary>Settings under <c>LastUsed</c>.</summary>
public sealed class LastUsedOptions
{
    /// <summary>The longest between two batches: an hour, the grain of the counts that go with them.</summary>
    internal const int LongestSeconds = 3_600;

    /// <summary>Whether uses are recorded: false leaves "last used" and the counts by key and hour as they are.</summary>
    public bool Record { get; set; } = true;

    /// <summary>Seconds between two batches.</summary>
    public int FlushSeconds { get; set; } = 10;

    /// <summary>Keys whose use waits to be written while the store is away; past it, uses are dropped and counted.</summary>
    public int MaxPending { get; set; } = 200_000;
}

/// <summary>Settings under <c>Ops</c>.</summary>
public sealed class OpsOptions
{
    /// <summary>Where <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c> listen.</summary>
    public string Url { get; set; } = "http://127.0.0.1:9090";

    /// <summary>Whether <c>/metrics</c> has the framework's meters of each request too (<c>http.server.*</c>,
    /// <c>http.client.*</c>). They cost a request more than all checks of its key together, so they are off.</summary>
    public bool RequestMeters { get; set; }
}
