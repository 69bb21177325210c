using Gateway.Tests;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Gateway.Tests;

/// <summary>
/// A real PostgreSQL: the one <c>TEST_POSTGRES</c> names (an administrator's connection string), else one that
/// <c>ops/postgres.sh</c> starts when the first test asks, and that ends with the run, however the run ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly string State = Path.Combine(
        Repository.Root,
        "artifacts",
        $"postgres.{Environment.ProcessId}.state"
    );

    // Postgres itself, when it is not ours to stop, keeps nothing of a run but what this name begins.
    private static readonly string Prefix = $"test_{Guid.NewGuid().ToString("N")[..12]}_";
    private static readonly Lazy<Task<string>> Administrator = new(StartAsync);
    private static int _databases;

    /// <summary>A database name nobody else uses.</summary>
    public static string NewName() => Prefix + Interlocked.Increment(ref _databases);

    /// <summary>Runs a statement as the administrator, outside a transaction.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="database">Where.</param>
    public static async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(await ConnectionStringAsync(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The administrator's connection string, for a database of this name.</summary>
    public static async Task<string> ConnectionStringAsync(string database) =>
        new NpgsqlConnectionStringBuilder(await Administrator.Value) { Database = database }.ConnectionString;

    /// <summary>Ends the run's server.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Administrator.IsValueCreated)
            return;
        NpgsqlConnection.ClearAllPools();
        await TestStore.DropTemplateAsync();
        await ScriptAsync("stop", State);
    }

    private static async Task<string> StartAsync()
    {
        var given = Environment.GetEnvironmentVariable("TEST_POSTGRES");
        return string.IsNullOrEmpty(given) ? await ScriptAsync("start", State, $"{Environment.ProcessId}") : given;
    }

    private static Task<string> ScriptAsync(params string[] arguments) =>
        Repository.RunAsync(Path.Combine("ops", "postgres.sh"), arguments);
}
