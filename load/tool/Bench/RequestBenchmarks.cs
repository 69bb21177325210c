using BenchmarkDotNet.Attributes;

namespace Gateway.Load;

/// <summary>What a request goes through, on the context of a real server. Each but the look-up begins with the headers as
/// the client has sent them, and the time it takes to put them back is a row of its own.</summary>
public class RequestBenchmarks
{
    /// <summary>Name of the row of the whole path.</summary>
    public const string GateRow = "gate: decision, counts, headers off";

    /// <summary>The same for a key with 10,000 address ranges.</summary>
    public const string ManyAddressesRow = "gate, 10,000 address ranges";

    /// <summary>Name of the row of what the upstream is not to see.</summary>
    public const string HeadersRow = "reserved headers off";

    private static readonly RequestDelegate Next = _ => Task.CompletedTask;

    private readonly char[] _index = new char[Keys.KeyIndex.Length / sizeof(char)];
    private BenchGateway _gateway = null!;
    private HeldRequest _request = null!;
    private HeldRequest _ofMany = null!;
    private KeyGate _gate = null!;
    private KeyCache _cache = null!;
    private RequestGuard _guard = null!;
    private Lease _lease = null!;
    private UsageRecorder _usage = null!;
    private Decisions _decisions = null!;
    private Moment _moment;
    private Upstream _upstream = null!;
    private CachedKey _key = null!;
    private RoutePolicy _policy = null!;

    /// <summary>Starts a gateway and lets a request come in.</summary>
    [GlobalSetup]
    public void Setup()
    {
        // In process, BenchmarkDotNet does not wait for a task.
        _gateway = BenchGateway.StartAsync().GetAwaiter().GetResult();
        (_request, _ofMany) = (_gateway.Request, _gateway.RequestOfMany);
        (_gate, _cache, _guard) = (_gateway.Part<KeyGate>(), _gateway.Part<KeyCache>(), _gateway.Part<RequestGuard>());
        (_lease, _usage, _decisions) = (
            _gateway.Part<Lease>(),
            _gateway.Part<UsageRecorder>(),
            _gateway.Part<Decisions>()
        );
        _moment = _lease.Now();
        _upstream = _gateway.Part<Upstream>();
        _policy = _request.Context.GetEndpoint()!.Metadata.GetMetadata<RoutePolicy>()!;
        BenchKeys.Index(_gateway.Secret, _index);
        if (!_cache.TryGet(_index, out var key))
            throw new InvalidOperationException("The key is not held.");
        _key = key!;
    }

    /// <summary>Stops it.</summary>
    [GlobalCleanup]
    public void Cleanup() => _gateway.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Whether the key is known, and its record.</summary>
    [Benchmark(Description = "cache look-up")]
    public bool LookUp() => _cache.TryGet(_index, out _);

    /// <summary>All the clocks that a decision is made by.</summary>
    [Benchmark(Description = "clocks")]
    public long Clocks() => _lease.Now().Ticks;

    /// <summary>Last use, counts and time.</summary>
    [Benchmark(Description = "recording")]
    public void Record()
    {
        _usage.Accepted(_key.Usage, _moment);
        _decisions.Count(_policy, null, _moment);
    }

    /// <summary>What the upstream, the log and a refusal name a request by.</summary>
    [Benchmark(Description = "request id")]
    public void Identify() => RequestIds.Assign(_request.Context);

    /// <summary>Done before every one of those below.</summary>
    [Benchmark(Description = "(putting the headers back)")]
    public void PutBack() => _request.Restore();

    /// <summary>Check 0.</summary>
    [Benchmark(Description = "guard")]
    public bool Guard()
    {
        _request.Restore();
        return _guard.Judge(_request.Context).Refusal is null;
    }

    /// <summary>Credential and reserved headers off, and whose it is remembered for when YARP writes its request.</summary>
    [Benchmark(Description = HeadersRow)]
    public void Prepare()
    {
        _request.Restore();
        _upstream.Prepare(_request.Context, _policy, _key, new Verdict(null, null, _key.Grants));
    }

    /// <summary>From the route to YARP.</summary>
    [Benchmark(Description = GateRow)]
    public bool Gate() => Pass(_request);

    /// <inheritdoc cref="Gate"/>
    [Benchmark(Description = ManyAddressesRow)]
    public bool ManyAddresses() => Pass(_ofMany);

    /// <summary>What the path of <see cref="Gate"/> allocates, to the byte: BenchmarkDotNet counts what the rest of the
    /// process allocates meanwhile.</summary>
    /// <returns>Bytes for each request.</returns>
    public static double Allocated()
    {
        const int requests = 10_000;
        var path = new RequestBenchmarks();
        path.Setup();
        try
        {
            for (var i = 0; i < requests; i++)
                path.Gate();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < requests; i++)
                path.Gate();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)requests;
        }
        finally
        {
            path.Cleanup();
        }
    }

    private bool Pass(HeldRequest request)
    {
        request.Restore();
        var passed = _gate.InvokeAsync(request.Context, Next).IsCompletedSuccessfully;
        return passed && request.Context.Response.StatusCode == StatusCodes.Status200OK
            ? passed
            : throw new InvalidOperationException("The request was not passed on at once.");
    }
}
