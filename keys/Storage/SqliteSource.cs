using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Keys.Storage;

/// <summary>Connections to one SQLite file, each set up alike.</summary>
internal sealed class SqliteSource : DbDataSource
{
    // As busy_timeout: the provider goes on asking for as long as this after SQLite itself has given up.
    private const int BusySeconds = 5;

    // SQLITE_CANTOPEN.
    private const int CannotOpen = 14;

    // busy_timeout first, so that the switch to WAL waits for another process that is doing the same.
    private const string Setup = """
        pragma busy_timeout = 5000;
        pragma journal_mode = wal;
        pragma synchronous = full;
        pragma foreign_keys = on;
        """;

    private readonly string _connectionString;
    private readonly string _folder;

    // Handles that are set up. The pool hands them out again as they were left, to a follower 40 times a second.
    private readonly ConditionalWeakTable<sqlite3, object> _setUp = [];

    public SqliteSource(string connectionString)
    {
        var settings = new SqliteConnectionStringBuilder(connectionString);
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (!given.ContainsKey("Default Timeout") && !given.ContainsKey("Command Timeout"))
            settings.DefaultTimeout = BusySeconds;
        _connectionString = settings.ConnectionString;
        _folder = Path.GetDirectoryName(settings.DataSource) ?? "";
    }

    public override string ConnectionString => _connectionString;

    /// <summary>Closes idle connections.</summary>
    public void Clear()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    protected override DbConnection CreateDbConnection() => new SqliteConnection(_connectionString);

    protected override DbConnection OpenDbConnection()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            OpenFile(connection);
            if (!_setUp.TryGetValue(connection.Handle!, out _))
                SetUp(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void SetUp(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Setup;
        command.ExecuteNonQuery();
        _setUp.AddOrUpdate(connection.Handle!, _setUp);
    }

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) =>
        new(OpenDbConnection());

    protected override void Dispose(bool disposing) => Clear();

    // The folder is made when it is missing, and not before: a process starts without its store.
    private void OpenFile(SqliteConnection connection)
    {
        try
        {
            connection.Open();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == CannotOpen && _folder.Length > 0 && TryCreateFolder())
        {
            connection.Open();
        }
    }

    private bool TryCreateFolder()
    {
        try
        {
            Directory.CreateDirectory(_folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
