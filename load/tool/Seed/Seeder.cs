using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Gateway.Load;

/// <summary>
/// Fills an empty store: the migrations first, then all rows in one transaction, by COPY on Postgres and by prepared
/// inserts on SQLite, and the change counter last, as in every write.
/// </summary>
internal static class Seeder
{
    // Kilobytes of pages SQLite keeps while it writes. Hashes come in no order, so with less it writes pages again and again.
    private const int SqliteCacheKilobytes = 1_000_000;

    // For a server that checks foreign keys of millions of rows at the end of a COPY.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Fills it.</summary>
    /// <exception cref="InvalidOperationException">It is not empty.</exception>
    public static async Task FillAsync(StoreOptions store, SeededKeys keys, CancellationToken stop = default)
    {
        await using var database = Database.Create(store);
        await Migrator.MigrateAsync(database, stop);
        if (await database.ReadAsync(s => s.GetHeadAsync(stop), stop) != 0)
            throw new InvalidOperationException("The store has changes already; only an empty one is filled.");
        await using var connection = await database.Source.OpenConnectionAsync(stop);
        if (connection is NpgsqlConnection postgres)
            await FillAsync(postgres, keys, stop);
        else
            Fill((SqliteConnection)connection, keys, stop);
    }

    private static async Task FillAsync(NpgsqlConnection connection, SeededKeys keys, CancellationToken stop)
    {
        await using (var transaction = await connection.BeginTransactionAsync(stop))
        {
            foreach (var table in SeedTable.Of(keys))
                await CopyAsync(connection, table, stop);
            await ExecuteAsync(connection, $"update change_counter set head = {keys.Head} where id = 1", stop);
            await transaction.CommitAsync(stop);
        }
        // As the server would by itself, some minutes later.
        await ExecuteAsync(connection, "vacuum analyze", stop);
        await ExecuteAsync(connection, "checkpoint", stop);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, SeedTable table, CancellationToken stop)
    {
        var copy = $"copy {table.Name} ({table.Columns}) from stdin (format binary)";
        await using var importer = await connection.BeginBinaryImportAsync(copy, stop);
        importer.Timeout = Patience;
        foreach (var row in table.Rows)
        {
            await importer.StartRowAsync(stop);
            foreach (var value in row)
                await (value is null ? importer.WriteNullAsync(stop) : importer.WriteAsync(value, stop));
        }
        await importer.CompleteAsync(stop);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(stop);
    }

    private static void Fill(SqliteConnection connection, SeededKeys keys, CancellationToken stop)
    {
        Execute(connection, $"pragma cache_size = -{SqliteCacheKilobytes}");
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            foreach (var table in SeedTable.Of(keys))
                Insert(connection, transaction, table, stop);
            Execute(connection, $"update change_counter set head = {keys.Head} where id = 1", transaction);
            transaction.Commit();
        }
        Execute(connection, "pragma wal_checkpoint(truncate); pragma cache_size = -2000");
    }

    private static void Insert(
        SqliteConnection connection,
        SqliteTransaction transaction,
        SeedTable table,
        CancellationToken stop
    )
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        var count = table.Columns.Count(c => c == ',') + 1;
        var parameters = Enumerable
            .Range(0, count)
            .Select(i => command.Parameters.AddWithValue($"@p{i}", null))
            .ToArray();
        var names = string.Join(", ", parameters.Select(p => p.ParameterName));
        command.CommandText = $"insert into {table.Name} ({table.Columns}) values ({names})";
        foreach (var row in table.Rows)
        {
            stop.ThrowIfCancellationRequested();
            for (var i = 0; i < count; i++)
                parameters[i].Value = row[i] is DateTimeOffset at
                    ? at.ToUnixTimeMilliseconds()
                    : row[i] ?? DBNull.Value;
            command.ExecuteNonQuery();
        }
    }

    private static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction, command.CommandTimeout) = (sql, transaction, 0);
        command.ExecuteNonQuery();
    }
}
