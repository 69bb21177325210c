using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Gateway.Keys.Storage;

/// <summary>The few words in which the two databases differ. Everything else is SQL both understand.</summary>
public sealed record Dialect
{
    /// <summary>Folder of the migrations and value of <c>Store:Provider</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Ends a select that locks its row until commit; SQLite has one writer, who needs no row locks.</summary>
    public required string ForUpdate { get; init; }

    /// <summary>The store's clock, as a value of the type instants have there.</summary>
    public required string Now { get; init; }

    /// <summary>Milliseconds from the instant in column <c>at</c> of <c>changes</c> to the store's clock.</summary>
    public required string MillisecondsSinceChange { get; init; }

    /// <summary>Longest the follower waits between two polls: the guarantee; hints only shorten it.</summary>
    public required TimeSpan PollInterval { get; init; }

    /// <summary>Rows a flush writes in one transaction: on SQLite a flush holds the one write lock.</summary>
    public required int RowsPerTransaction { get; init; }

    /// <summary>Whether <c>LISTEN/NOTIFY</c> is there to hint.</summary>
    public required bool HasNotify { get; init; }

    /// <summary>One file in WAL mode, one writer.</summary>
    public static Dialect Sqlite { get; } =
        new()
        {
            Name = "sqlite",
            ForUpdate = "",
            Now = "cast(unixepoch('subsec') * 1000 as integer)",
            MillisecondsSinceChange = "cast(unixepoch('subsec') * 1000 as integer) - at",
            PollInterval = TimeSpan.FromMilliseconds(25),
            RowsPerTransaction = 1_000,
            HasNotify = false,
        };

    /// <summary>PostgreSQL 14 or newer.</summary>
    public static Dialect Postgres { get; } =
        new()
        {
            Name = "postgres",
            ForUpdate = " for update",
            Now = "clock_timestamp()",
            MillisecondsSinceChange = "cast(extract(epoch from clock_timestamp() - at) * 1000 as bigint)",
            PollInterval = TimeSpan.FromSeconds(1),
            RowsPerTransaction = 50_000,
            HasNotify = true,
        };

    /// <summary>Whether a statement failed because a unique index already has the value.</summary>
    public static bool IsUniqueViolation(DbException e) =>
        e switch
        {
            PostgresException p => p.SqlState == PostgresErrorCodes.UniqueViolation,
            SqliteException s => s.SqliteExtendedErrorCode is 1555 or 2067, // PRIMARYKEY, UNIQUE
            _ => false,
        };
}
