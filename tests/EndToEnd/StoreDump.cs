using System.Text;
using Gateway.Keys.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Tests;

/// <summary>Everything a store holds, as text to search: the bytes of SQLite's files, deleted rows included; every row of
/// every table of Postgres, bytes in hex.</summary>
internal static class StoreDump
{
    /// <summary>Reads it all.</summary>
    public static async Task<string> ReadAsync(TestStore store) =>
        store.Database.Dialect == Dialect.Sqlite
            ? await FilesAsync(new SqliteConnectionStringBuilder(store.Options.ConnectionString).DataSource)
            : await store.Database.ReadAsync(RowsAsync);

    private static async Task<string> FilesAsync(string database)
    {
        var text = new StringBuilder();
        foreach (var file in new[] { database, database + "-wal", database + "-shm" }.Where(File.Exists))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            text.Append(Encoding.Latin1.GetString(bytes.GetBuffer(), 0, (int)bytes.Length)).Append('\n');
        }
        return text.ToString();
    }

    private static async Task<string> RowsAsync(Session session)
    {
        var text = new StringBuilder();
        var tables = await session.QueryAsync<string>(
            "select quote_ident(table_name) from information_schema.tables where table_schema = 'public'"
        );
        foreach (var table in tables)
            text.AppendJoin('\n', await session.QueryAsync<string>($"select cast(t as text) from {table} t"))
                .Append('\n');
        return text.ToString();
    }
}
