using System.Globalization;

namespace Gateway.Keys.Storage;

/// <summary>
/// Brings a database to the schema this program was built for. Files and the table <c>schema_migrations</c> are
/// dbmate's, so either tool can run the same database; the checksums are ours.
///
/// Each step is one transaction: take the lock, read what is applied, check it, apply or undo one migration, note it.
/// Nothing is remembered between steps, so processes that start at once take turns, and whoever comes second finds the
/// work done.
/// </summary>
public static class Migrator
{
    // As dbmate creates it. The lock makes "if not exists" safe: two that create at once would both try.
    private const string CreateTable =
        "create table if not exists schema_migrations (version varchar(128) primary key)";

    /// <summary>Compares the schema with what this program needs; writes nothing and needs only to read.</summary>
    public static Task<SchemaStatus> CheckAsync(Database database, CancellationToken ct = default) =>
        CheckAsync(database, Migration.Embedded(database.Dialect), ct);

    /// <summary>Applies what is missing.</summary>
    /// <returns>Names of the migrations applied.</returns>
    /// <exception cref="SchemaException">The schema is newer than this program, or a file was changed.</exception>
    public static Task<IReadOnlyList<string>> MigrateAsync(Database database, CancellationToken ct = default) =>
        MigrateAsync(database, Migration.Embedded(database.Dialect), ct);

    /// <summary>Undoes, newest first, every migration after a version.</summary>
    /// <param name="database">The database.</param>
    /// <param name="version">The version to go back to; 0 for an empty database.</param>
    /// <param name="ct">Cancels between migrations, or while waiting.</param>
    /// <returns>Names of the migrations undone.</returns>
    /// <exception cref="SchemaException">The schema is newer than this program, or a file was changed.</exception>
    public static Task<IReadOnlyList<string>> MigrateDownAsync(
        Database database,
        long version,
        CancellationToken ct = default
    ) => MigrateDownAsync(database, Migration.Embedded(database.Dialect), version, ct);

    internal static Task<SchemaStatus> CheckAsync(
        Database database,
        IReadOnlyList<Migration> known,
        CancellationToken ct = default
    ) => database.ReadAsync(async session => (await InspectAsync(session, known, ct).ConfigureAwait(false)).Status, ct);

    internal static Task<IReadOnlyList<string>> MigrateAsync(
        Database database,
        IReadOnlyList<Migration> known,
        CancellationToken ct = default
    ) =>
        RepeatAsync(
            database,
            known,
            async (session, applied) =>
            {
                var next = known.FirstOrDefault(m => !applied.Contains(m.Version));
                if (next is not null)
                    await UpAsync(session, next, ct).ConfigureAwait(false);
                else
                    await AdoptAsync(session, known, ct).ConfigureAwait(false);
                return next;
            },
            ct
        );

    internal static Task<IReadOnlyList<string>> MigrateDownAsync(
        Database database,
        IReadOnlyList<Migration> known,
        long version,
        CancellationToken ct = default
    ) =>
        RepeatAsync(
            database,
            known,
            async (session, applied) =>
            {
                var last = known.LastOrDefault(m => applied.Contains(m.Version) && Number(m) > version);
                if (last is not null)
                    await DownAsync(session, last, ct).ConfigureAwait(false);
                return last;
            },
            ct
        );

    // Runs a step, each time in a transaction of its own, until it finds nothing to do.
    private static async Task<IReadOnlyList<string>> RepeatAsync(
        Database database,
        IReadOnlyList<Migration> known,
        Func<Session, List<string>, Task<Migration?>> step,
        CancellationToken ct
    )
    {
        var done = new List<string>();
        while (await database.WriteAtLengthAsync(LockedStepAsync, ct).ConfigureAwait(false) is { } migration)
            done.Add(migration.Name);
        return done;

        async Task<Migration?> LockedStepAsync(Session session)
        {
            if (session.Dialect.MigrationLock is { } takeLock)
                await session.ScriptAsync(takeLock, ct).ConfigureAwait(false);
            await session.ScriptAsync(CreateTable, ct).ConfigureAwait(false);
            var (applied, status) = await InspectAsync(session, known, ct).ConfigureAwait(false);
            if (status.State is SchemaState.Newer or SchemaState.Changed)
                throw new SchemaException(status);
            return await step(session, applied).ConfigureAwait(false);
        }
    }

    private static async Task<(List<string> Applied, SchemaStatus Status)> InspectAsync(
        Session session,
        IReadOnlyList<Migration> known,
        CancellationToken ct
    )
    {
        List<string> applied = await HasTableAsync(session, "schema_migrations", ct).ConfigureAwait(false)
            ? await session
                .QueryAsync<string>("select version from schema_migrations order by version", null, ct)
                .ConfigureAwait(false)
            : [];
        // Checksums of migrations that dbmate has undone meanwhile say nothing.
        var checksums = await HasTableAsync(session, "schema_checksums", ct).ConfigureAwait(false)
            ? (
                await session
                    .QueryAsync<ChecksumRow>("select version, checksum from schema_checksums", null, ct)
                    .ConfigureAwait(false)
            )
                .Where(r => applied.Contains(r.Version))
                .ToDictionary(r => r.Version, r => r.Checksum)
            : [];
        return (applied, SchemaStatus.Compare(known, applied, checksums));
    }

    private static async Task UpAsync(Session session, Migration migration, CancellationToken ct)
    {
        await session.ScriptAsync(migration.Up, ct).ConfigureAwait(false);
        await session
            .ExecuteAsync("insert into schema_migrations (version) values (@Version)", migration, ct)
            .ConfigureAwait(false);
        await session
            .ExecuteAsync("delete from schema_checksums where version = @Version", migration, ct)
            .ConfigureAwait(false);
        await AdoptAsync(session, [migration], ct).ConfigureAwait(false);
    }

    // Notes the checksums of what dbmate applied: from now on those files may not change either.
    private static async Task AdoptAsync(Session session, IReadOnlyList<Migration> known, CancellationToken ct)
    {
        foreach (var migration in known)
            await session
                .ExecuteAsync(
                    $"""
                    insert into schema_checksums (version, checksum, at)
                    values (@Version, @Checksum, {session.Dialect.Now})
                    on conflict do nothing
                    """,
                    migration,
                    ct
                )
                .ConfigureAwait(false);
    }

    private static async Task DownAsync(Session session, Migration migration, CancellationToken ct)
    {
        await session
            .ExecuteAsync("delete from schema_checksums where version = @Version", migration, ct)
            .ConfigureAwait(false);
        await session.ScriptAsync(migration.Down, ct).ConfigureAwait(false);
        await session
            .ExecuteAsync("delete from schema_migrations where version = @Version", migration, ct)
            .ConfigureAwait(false);
    }

    private static async Task<bool> HasTableAsync(Session session, string table, CancellationToken ct) =>
        await session.ValueAsync<long>(session.Dialect.TableExists, new { table }, ct).ConfigureAwait(false) == 1;

    private static long Number(Migration migration) => long.Parse(migration.Version, CultureInfo.InvariantCulture);

    private sealed class ChecksumRow
    {
        public string Version { get; set; } = "";
        public string Checksum { get; set; } = "";
    }
}
