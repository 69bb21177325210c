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

    /// <summary>Ends a select whose row nobody may change or remove until commit, though others may read it so too.</summary>
    public required string ForShare { get; init; }

    /// <summary>The store's clock, as a value of the type instants have there.</summary>
    public required string Now { get; init; }

    /// <summary>What a row is addressed by when it is deleted without its key.</summary>
    public required string RowId { get; init; }

    /// <summary>Whether the table <c>@table</c> exists, as 1 or 0.</summary>
    public required string TableExists { get; init; }

    /// <summary>Takes the migrators' lock until the transaction ends; null where every write has the one write lock.</summary>
    public required string? MigrationLock { get; init; }

    /// <summary>Milliseconds from the instant in column <c>at</c> of <c>changes</c> to the store's clock.</summary>
    public required string MillisecondsSinceChange { get; init; }

    /// <summary>Said first in a write, has its commit not wait for the disk: a crash of the database may lose it, whole,
    /// though others have seen it.</summary>
    public required string MayBeLost { get; init; }

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
            ForShare = "",
            Now = "cast(unixepoch('subsec') * 1000 as integer)",
            RowId = "rowid",
            MigrationLock = null,
            TableExists = "select count(*) from sqlite_master where type = 'table' and name = @table",
            MillisecondsSinceChange = "cast(unixepoch('subsec') * 1000 as integer) - at",
            MayBeLost = "", // the file is flushed by each commit, or by none
            RowsPerTransaction = 1_000,
            HasNotify = false,
        };

    /// <summary>PostgreSQL 14 or newer.</summary>
    public static Dialect Postgres { get; } =
        new()
        {
            Name = "postgres",
            ForUpdate = " for update",
            ForShare = " for share",
            Now = "clock_timestamp()",
            RowId = "ctid",
            MigrationLock = "select pg_advisory_xact_lock(5402316890712243)", // any number nobody else uses
            TableExists = "select case when to_regclass(@table) is null then 0 else 1 end",
            MillisecondsSinceChange = "cast(extract(epoch from clock_timestamp() - at) * 1000 as bigint)",
            MayBeLost = "select set_config('synchronous_commit', 'off', true);",
            RowsPerTransaction = 50_000,
            HasNotify = true,
        };

    /// <summary>Ends "column" as "is one of the values of this array": Dapper spells lists out, but hands them to
    /// Npgsql as the arrays they are.</summary>
    public string AnyOf(string parameter) => this == Postgres ? $"= any(@{parameter})" : $"in @{parameter}";

    /// <summary>
    /// Rows from the JSON text in a parameter (an array of arrays), as a table expression called <c>r</c>: one statement
    /// for any number of rows, the same on both databases.
    /// </summary>
    /// <param name="parameter">Name of the parameter.</param>
    /// <param name="columns">Names and SQL types (<c>text</c>, <c>bigint</c>) of the elements, in order.</param>
    public string Rows(string parameter, params (string Name, string Type)[] columns)
    {
        var elements = columns.Select(
            (c, i) =>
                this == Postgres
                    ? $"cast(j.value ->> {i} as {c.Type}) as {c.Name}"
                    : $"json_extract(j.value, '$[{i}]') as {c.Name}"
        );
        var source = this == Postgres ? $"json_array_elements(cast(@{parameter} as json))" : $"json_each(@{parameter})";
        return $"(select {string.Join(", ", elements)} from {source} j) r";
    }

    /// <summary>The instant of a number of milliseconds since 1970.</summary>
    public string FromMilliseconds(string expression) =>
        this == Postgres ? $"to_timestamp({expression} / 1000.0)" : expression;

    /// <summary>Whether a statement failed because a unique index already has the value.</summary>
    public static bool IsUniqueViolation(DbException e) =>
        e switch
        {
            PostgresException p => p.SqlState == PostgresErrorCodes.UniqueViolation,
            SqliteException s => s.SqliteExtendedErrorCode is 1555 or 2067, // PRIMARYKEY, UNIQUE
            _ => false,
        };
}
