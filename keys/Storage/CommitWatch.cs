using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Gateway.Keys.Storage;

/// <summary>
/// Looks whether anybody has committed to a SQLite file since it last looked, on a connection of its own: a number in
/// memory that all processes share (<c>pragma data_version</c>), so that a look costs microseconds where reading the feed
/// costs hundreds. Only a hint: it says nothing of a store that does not answer. For one thread.
/// </summary>
public sealed class CommitWatch : IDisposable
{
    private readonly SqliteSource _source;
    private SqliteConnection? _connection;
    private SqliteCommand? _look;
    private long _version;

    internal CommitWatch(SqliteSource source) => _source = source;

    /// <summary>Whether there may be something new; also when the file is another one than before. False when the file
    /// cannot be read.</summary>
    public bool HasNews()
    {
        try
        {
            if (_connection is null || SqliteSource.IsElsewhere(_connection))
                return Open();
            var before = _version;
            _version = (long)_look!.ExecuteScalar()!;
            return _version != before;
        }
        catch (DbException)
        {
            Dispose();
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _look?.Dispose();
        _connection?.Dispose();
        (_look, _connection) = (null, null);
    }

    private bool Open()
    {
        Dispose();
        _connection = (SqliteConnection)_source.OpenConnection();
        _look = _connection.CreateCommand();
        _look.CommandText = "pragma data_version";
        _version = (long)_look.ExecuteScalar()!;
        return true;
    }
}
