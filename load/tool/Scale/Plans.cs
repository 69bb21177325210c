using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace Gateway.Load;

/// <summary>How a database went about a statement.</summary>
/// <param name="Steps">The lines of its plan.</param>
internal sealed record Plan(List<string> Steps)
{
    /// <summary>Those that read a whole table.</summary>
    public List<string> Scans =>
        Steps.FindAll(s =>
            s.Contains("Seq Scan", StringComparison.Ordinal) || s.StartsWith("SCAN", StringComparison.Ordinal)
        );
}

/// <summary>The plans of whatever statements a session runs, as they were sent: none is written a second time here.</summary>
internal static class Plans
{
    // Plans of what is run come as notices; a table that is small is not read whole only because it is.
    private const string Explain = """
        load 'auto_explain';
        set auto_explain.log_min_duration = 0;
        set auto_explain.log_level = notice;
        set enable_seqscan = off;
        """;

    /// <summary>Runs something and tells the plans of its statements.</summary>
    public static async Task<List<Plan>> OfAsync(Database database, Func<Session, Task> ask)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        return connection is NpgsqlConnection postgres
            ? await OfAsync(postgres, ask)
            : await OfAsync((SqliteConnection)connection, ask);
    }

    private static async Task<List<Plan>> OfAsync(NpgsqlConnection connection, Func<Session, Task> ask)
    {
        var plans = new List<Plan>();
        await using var command = new NpgsqlCommand(Explain, connection);
        await command.ExecuteNonQueryAsync();
        connection.Notice += (_, e) => plans.Add(new Plan(StepsOf(e.Notice.MessageText)));
        await ask(new Session(connection, null, Dialect.Postgres));
        // The pool must not hand it out so.
        NpgsqlConnection.ClearPool(connection);
        return plans;
    }

    // After the statement's text come the steps, each with its costs.
    private static List<string> StepsOf(string notice) =>
        [
            .. notice
                .Split('\n')
                .Where(l =>
                    l.Contains("(cost=", StringComparison.Ordinal) || l.Contains("Cond:", StringComparison.Ordinal)
                )
                .Select(l => l.Split("  (cost=")[0].Trim(' ', '-', '>')),
        ];

    private static async Task<List<Plan>> OfAsync(SqliteConnection connection, Func<Session, Task> ask)
    {
        var statements = new List<string>();
        raw.sqlite3_trace(connection.Handle, (_, sql) => statements.Add(sql), null);
        await ask(new Session(connection, null, Dialect.Sqlite));
        raw.sqlite3_trace(connection.Handle, (strdelegate_trace?)null, null);
        return statements.ConvertAll(sql => Explained(connection, sql));
    }

    private static Plan Explained(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"explain query plan {sql}";
        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read())
            steps.Add(reader.GetString(3));
        return new Plan(steps);
    }
}
