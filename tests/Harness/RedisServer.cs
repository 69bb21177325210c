using Gateway.Tests;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace Gateway.Tests;

/// <summary>A real Redis: the one <c>TEST_REDIS</c> names (host:port), else one that <c>ops/redis.sh</c> starts when the
/// first test asks, and that ends with the run, however the run ends.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly string State = Path.Combine(
        Repository.Root,
        "artifacts",
        $"redis.{Environment.ProcessId}.state"
    );

    private static readonly Lazy<Task<string>> Started = new(StartAsync);

    /// <summary>Where it is, host:port.</summary>
    public static Task<string> AddressAsync() => Started.Value;

    /// <summary>A relay to it, to be cut and restored.</summary>
    public static async Task<TcpRelay> RelayAsync()
    {
        var address = (await AddressAsync()).Split(':');
        return new TcpRelay(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Ends the run's server.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Started.IsValueCreated)
            await ScriptAsync("stop", State);
    }

    private static async Task<string> StartAsync()
    {
        var given = Environment.GetEnvironmentVariable("TEST_REDIS");
        return string.IsNullOrEmpty(given) ? await ScriptAsync("start", State, $"{Environment.ProcessId}") : given;
    }

    private static Task<string> ScriptAsync(params string[] arguments) =>
        Repository.RunAsync(Path.Combine("ops", "redis.sh"), arguments);
}
