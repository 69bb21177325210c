using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Keys.Storage;

/// <summary>
/// Connections to one SQLite file, each set up alike. The file is the one that lies at its path now: a process that went on
/// in a file that was moved away, because a backup was put in its place, would follow a feed that nobody writes to any
/// more, and renew its lease there for ever.
/// </summary>
internal sealed partial class SqliteSource : DbDataSource
{
    // As busy_timeout: the provider goes on asking for as long as this after SQLite itself has given up.
    private const int BusySeconds = 5;

    // SQLITE_CANTOPEN.
    private const int CannotOpen = 14;

    // SQLITE_FCNTL_HAS_MOVED.
    private const int HasMoved = 20;

    // busy_timeout first, so that the switch to WAL waits for another process that is doing the same.
    private const string Setup = """
        pragma busy_timeout = 5000;
        pragma journal_mode = wal;
        pragma synchronous = full;
        pragma foreign_keys = on;
        """;

    private readonly string _connectionString;
    private readonly string _file;
    private readonly string _folder;
    private readonly bool _mayCreate;
    private volatile bool _wasThere;

    // Handles that are set up. The pool hands them out again as they were left, to a follower 40 times a second.
    private readonly ConditionalWeakTable<sqlite3, object> _setUp = [];

    public SqliteSource(string connectionString)
    {
        var settings = new SqliteConnectionStringBuilder(connectionString);
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (!given.ContainsKey("Default Timeout") && !given.ContainsKey("Command Timeout"))
            settings.DefaultTimeout = BusySeconds;
        // SQLite makes no file by itself: one that is gone for a moment, while another is put in its place, must not be met by
        // the log of an empty one.
        _mayCreate = settings.Mode == SqliteOpenMode.ReadWriteCreate;
        if (_mayCreate)
            settings.Mode = SqliteOpenMode.ReadWrite;
        _connectionString = settings.ConnectionString;
        _file = settings.DataSource;
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
            if (IsElsewhere(connection))
            {
                connection.Close();
                Clear();
                OpenFile(connection);
            }
            _wasThere = true;
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

    // File and folder are made when they are missing at first, and not before: a process starts without its store.
    private void OpenFile(SqliteConnection connection)
    {
        try
        {
            connection.Open();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == CannotOpen && _mayCreate && !_wasThere && TryCreate())
        {
            connection.Open();
        }
    }

    private bool TryCreate()
    {
        try
        {
            if (_folder.Length > 0)
                Directory.CreateDirectory(_folder);
            // Empty, it is a database without a table. One that is there is not opened but by SQLite: whoever closes it
            // again lets go of all locks that this process has on it.
            new FileStream(_file, FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(_file))
        {
            return true; // another process has made it meanwhile
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the file that is open is not the one at its path any more. Where the system cannot tell, it is.</summary>
    internal static bool IsElsewhere(SqliteConnection connection) =>
        sqlite3_file_control(connection.Handle!, 0, HasMoved, out var moved) == raw.SQLITE_OK && moved != 0;

    [LibraryImport("e_sqlite3")]
    private static partial int sqlite3_file_control(sqlite3 database, nint name, int operation, out int argument);
}
