using System.Globalization;
using Npgsql;

namespace Gateway.Tests;

/// <summary>A Postgres or a Redis of one test's own, so that it can be restarted and paused without anybody else noticing.
/// It ends with the test, or with this process, however that ends.</summary>
public sealed class ThrowAwayServer : IAsyncDisposable
{
    private readonly string _script;
    private readonly string _state;

    private ThrowAwayServer(string script, string folder) =>
        (_script, _state) = (Path.Combine("ops", script), Path.Combine(folder, script + ".state"));

    /// <summary>How it is reached: a connection string, or host:port.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Starts a Postgres.</summary>
    /// <param name="folder">Where a note of it is kept.</param>
    public static async Task<ThrowAwayServer> PostgresAsync(string folder)
    {
        var server = await StartAsync("postgres.sh", folder);
        server.Port = new NpgsqlConnectionStringBuilder(server.Address).Port;
        return server;
    }

    /// <summary>Starts a Redis.</summary>
    /// <param name="folder">Where a note of it is kept.</param>
    public static async Task<ThrowAwayServer> RedisAsync(string folder)
    {
        var server = await StartAsync("redis.sh", folder);
        server.Port = int.Parse(server.Address.Split(':')[1], CultureInfo.InvariantCulture);
        return server;
    }

    /// <summary>Ends it.</summary>
    /// <param name="mode"><c>fast</c>, as an administrator does, or <c>immediate</c>, as a crash does.</param>
    public Task DownAsync(string mode = "immediate") => RunAsync("down", mode);

    /// <summary>Starts it again, where it was and with what it has kept.</summary>
    public Task UpAsync() => RunAsync("up");

    /// <summary>Has it stand still.</summary>
    public void Pause() => Signals.Send(ProcessId(), Signals.Pause);

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signals.Send(ProcessId(), Signals.Continue);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!File.Exists(_state))
            return;
        Resume();
        await RunAsync("stop");
    }

    private static async Task<ThrowAwayServer> StartAsync(string script, string folder)
    {
        var server = new ThrowAwayServer(script, folder);
        server.Address = await server.RunAsync("start", $"{Environment.ProcessId}");
        return server;
    }

    private Task<string> RunAsync(string command, params string[] arguments) =>
        Repository.RunAsync(_script, [command, _state, .. arguments]);

    private int ProcessId() => int.Parse(File.ReadAllText(_state).Split(' ')[0], CultureInfo.InvariantCulture);
}
