using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests;

/// <summary>A gateway or an admin API of a <see cref="Fleet"/>: started, paused, killed and stopped by the test, and always
/// found at the same address. What it says to the store and to Redis goes through relays of its own.</summary>
public sealed class FleetProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(40);

    private const int LowestPort = 10_000;
    private const int Ports = 10_000;

    private static int _ports = Environment.ProcessId % 500 * 20;

    private readonly string _project;
    private readonly Dictionary<string, string?> _settings;
    private readonly List<string> _past = [];
    private RunningProcess? _process;

    /// <summary>Describes one and starts none.</summary>
    /// <param name="project"><c>gateway</c> or <c>admin-api</c>.</param>
    /// <param name="name">What receipts call it.</param>
    /// <param name="settings">Settings, <c>Section:Name</c>, without addresses to listen on.</param>
    /// <param name="store">The relay to its store; null for SQLite.</param>
    /// <param name="redis">The relay to its Redis; null for none.</param>
    internal FleetProcess(
        string project,
        string name,
        Dictionary<string, string?> settings,
        TcpRelay? store,
        TcpRelay? redis
    )
    {
        (_project, Name, Store, Redis) = (project, name, store, redis);
        Front = Url = NewAddress();
        Ops = project == "gateway" ? NewAddress() : Url;
        _settings = new(settings) { ["Kestrel:Endpoints:Http:Url"] = Url.ToString().TrimEnd('/') };
        if (project == "gateway")
            (_settings["Ops:Url"], _settings["Gateway:InstanceId"]) = (Ops.ToString().TrimEnd('/'), name);
    }

    /// <summary>What receipts call it.</summary>
    public string Name { get; }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Where clients of a chaos run send what is for it: there, unless a test puts something before it.</summary>
    public Uri Front { get; set; }

    /// <summary>Where it tells of its metrics and of being ready.</summary>
    public Uri Ops { get; }

    /// <summary>Between it and the store; null on SQLite.</summary>
    public TcpRelay? Store { get; }

    /// <summary>Between it and Redis; null without.</summary>
    public TcpRelay? Redis { get; }

    /// <summary>Whether it has been started and has not ended.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Whether it stands still.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>What it has written, in all its lives.</summary>
    public string Output => string.Join('\n', [.. _past, _process?.Output ?? ""]);

    /// <summary>Starts it; it is not ready yet.</summary>
    public void Start() => _process = RunningProcess.Start(_project, _settings);

    /// <summary>Waits until it says that it is ready.</summary>
    public async Task ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Ops, Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.True(IsRunning, $"{Name} has ended:\n{_process?.Output}");
                return await IsReadyAsync(client);
            },
            StartsWithin
        );
    }

    /// <summary>Has it stand still.</summary>
    public void Pause()
    {
        _process!.Signal(Signals.Pause);
        IsPaused = true;
    }

    /// <summary>Lets it go on.</summary>
    public void Resume()
    {
        _process!.Signal(Signals.Continue);
        IsPaused = false;
    }

    /// <summary>Ends it as a crash does.</summary>
    public Task KillAsync() => EndAsync(Signals.Kill);

    /// <summary>Stops it as an orchestrator does: requests finish, uses are written, the row is closed.</summary>
    public Task StopAsync() => EndAsync(Signals.Terminate);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        foreach (var relay in new[] { Store, Redis })
        {
            if (relay is not null)
                await relay.DisposeAsync();
        }
    }

    private async Task EndAsync(int signal)
    {
        _process!.Signal(signal);
        await _process.ExitAsync(StopsWithin);
        IsPaused = false;
        _past.Add(_process.Output);
        await _process.DisposeAsync();
        _process = null;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // To be refused costs the asker more than the answer would.
            await Task.Delay(100);
            return false;
        }
    }

    // Below what the system gives to outgoing connections, and not where another test run looks: while the process is down
    // nobody else gets its port.
    private static Uri NewAddress()
    {
        while (true)
        {
            var port = LowestPort + Interlocked.Increment(ref _ports) % Ports;
            using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return new Uri($"http://127.0.0.1:{port}");
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
    }
}
