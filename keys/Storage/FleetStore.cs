using System.Text.Json;

namespace Gateway.Keys.Storage;

/// <summary>
/// The fleet: one row per process incarnation, and what each has acknowledged. All instants and spans here are measured
/// with the store's clock, so that no two machines' clocks are ever compared.
/// </summary>
public static class FleetStore
{
    private const string Columns = """
        incarnation, instance_id, version, settings_hash, state, applied, renewals, lease_ms, max_staleness_ms,
        started_at, renewed_at
        """;

    /// <summary>Enters a process that starts. It commits this first and reads the head in a later transaction. Both
    /// instants are taken from the store's clock, not from the row. Repeating it, because it is not known whether it
    /// came through, changes nothing.</summary>
    public static Task InsertGatewayAsync(this Session session, GatewayRow row, CancellationToken ct = default) =>
        session.ExecuteAsync(
            $"""
            insert into gateways ({Columns})
            values (@Incarnation, @InstanceId, @Version, @SettingsHash, @State, @Applied, @Renewals, @leaseMs,
              @maxStalenessMs, {session.Dialect.Now}, {session.Dialect.Now})
            on conflict do nothing
            """,
            new
            {
                row.Incarnation,
                row.InstanceId,
                row.Version,
                row.SettingsHash,
                row.State,
                row.Applied,
                row.Renewals,
                leaseMs = Milliseconds(row.Lease),
                maxStalenessMs = Milliseconds(row.MaxStaleness),
            },
            ct
        );

    /// <summary>
    /// Renews a lease: one write, which counts only once it has committed. The head is read by the same statement, so
    /// every change that is not in it was committed after the renewal was sent. Renewals are numbered, so that one that
    /// the network held back, and whose sender has long sent another, no longer changes what the row says.
    /// </summary>
    /// <param name="session">Where to write.</param>
    /// <param name="incarnation">Whose lease.</param>
    /// <param name="number">Of this renewal, from 1; higher than that of any sent before.</param>
    /// <param name="applied">Number of the change applied last.</param>
    /// <param name="lease">How long the renewal lets it judge.</param>
    /// <param name="maxStaleness">The longest of its routes' tolerances in force.</param>
    /// <param name="ct">Cancels the write.</param>
    /// <returns>Null when the row is missing or closed: the lease is void and the process must start over.</returns>
    public static async Task<Renewal?> RenewGatewayAsync(
        this Session session,
        string incarnation,
        long number,
        long applied,
        TimeSpan lease,
        TimeSpan maxStaleness,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<RenewalRow>(
                $"""
                update gateways set applied = @applied, renewals = @number, lease_ms = @leaseMs,
                  max_staleness_ms = @maxStalenessMs, renewed_at = {session.Dialect.Now}
                where incarnation = @incarnation and state <> '{GatewayRow.Closed}' and renewals < @number
                returning (select c.head from change_counter c where c.id = 1) as head, renewed_at as store_now
                """,
                new
                {
                    incarnation,
                    number,
                    applied,
                    leaseMs = Milliseconds(lease),
                    maxStalenessMs = Milliseconds(maxStaleness),
                },
                ct
            )
            .ConfigureAwait(false);
        return row is null ? null : new Renewal(row.Head, row.StoreNow);
    }

    /// <summary>Closes a row after the process's last decision: nobody waits for it any more, and it cannot renew.</summary>
    public static Task CloseGatewayAsync(this Session session, string incarnation, CancellationToken ct = default) =>
        session.ExecuteAsync(
            $"""
            update gateways set state = '{GatewayRow.Closed}', renewed_at = {session.Dialect.Now}
            where incarnation = @incarnation
            """,
            new { incarnation },
            ct
        );

    /// <summary>Closes the row of a process that stands still, unless it has renewed after all.</summary>
    /// <returns>Whether it was closed: from here on no renewal of it comes through.</returns>
    public static async Task<bool> CloseLostGatewayAsync(
        this Session session,
        string incarnation,
        long renewals,
        CancellationToken ct = default
    ) =>
        await session
            .ExecuteAsync(
                $"""
                update gateways set state = '{GatewayRow.Closed}'
                where incarnation = @incarnation and renewals = @renewals and state <> '{GatewayRow.Closed}'
                """,
                new { incarnation, renewals },
                ct
            )
            .ConfigureAwait(false) == 1;

    /// <summary>
    /// Acknowledges changes that have been applied; repeating one changes nothing. It tells of what is true already and
    /// binds nobody, so that no receipt waits for its way to the disk. A crash of the database that loses one makes a
    /// receipt incomplete that was complete, until the next renewal says again what is applied; the change itself was on
    /// disk before anybody could apply it.
    /// </summary>
    /// <param name="session">Where to write.</param>
    /// <param name="incarnation">Who applied them.</param>
    /// <param name="changes">Their numbers in order, and how many streams were closed as each was applied.</param>
    /// <param name="ct">Cancels the write.</param>
    /// <returns>How many rows it touched.</returns>
    public static Task<int> AcknowledgeAsync(
        this Session session,
        string incarnation,
        IReadOnlyList<(long Change, int StreamsClosed)> changes,
        CancellationToken ct = default
    ) =>
        changes.Count == 0
            ? Task.FromResult(0)
            // Where it has come to goes with it, so that the fleet's lag is right now, and not as of the last renewal.
            : session.ExecuteAsync(
                $"""
                {session.Dialect.MayBeLost}
                insert into acknowledgements (change_number, incarnation, applied_after_ms, streams_closed)
                select c.number, @incarnation, {session.Dialect.MillisecondsSinceChange}, r.streams
                from {session.Dialect.Rows("rows", ("number", "bigint"), ("streams", "bigint"))}
                join changes c on c.number = r.number
                where true
                on conflict do nothing;
                update gateways set applied = @last where incarnation = @incarnation and applied < @last
                """,
                new
                {
                    incarnation,
                    last = changes[^1].Change,
                    rows = JsonSerializer.Serialize(changes.Select(c => new[] { c.Change, c.StreamsClosed })),
                },
                ct
            );

    /// <summary>The fleet, oldest first.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="openOnly">Leave out what stopped cleanly.</param>
    /// <param name="ct">Cancels the read.</param>
    public static Task<List<GatewayRow>> ListGatewaysAsync(
        this Session session,
        bool openOnly = false,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (Row r) => r.ToGateway(),
            $"""
            select {Columns} from gateways
            {(openOnly ? $"where state <> '{GatewayRow.Closed}'" : "")}
            order by started_at, incarnation
            """,
            null,
            ct
        );

    /// <summary>How many gateways have renewed since an instant of the store's clock. A gateway's database role, which sees
    /// no other gateway's row, may ask it too.</summary>
    public static Task<int> CountOpenGatewaysAsync(
        this Session session,
        DateTimeOffset since,
        CancellationToken ct = default
    ) => session.ValueAsync<int>("select count(*) from open_gateways where renewed_at > @since", new { since }, ct);

    /// <summary>Acknowledgements of the changes from one number to another, both included.</summary>
    public static Task<List<Acknowledgement>> ListAcknowledgementsAsync(
        this Session session,
        long fromChange,
        long toChange,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (AcknowledgementRow r) =>
                new Acknowledgement(r.ChangeNumber, r.Incarnation, r.AppliedAfterMs, r.StreamsClosed),
            """
            select change_number, incarnation, applied_after_ms, streams_closed from acknowledgements
            where change_number between @fromChange and @toChange order by change_number, incarnation
            """,
            new { fromChange, toChange },
            ct
        );

    /// <summary>Acknowledgements of these changes.</summary>
    public static Task<List<Acknowledgement>> ListAcknowledgementsAsync(
        this Session session,
        IReadOnlyCollection<long> changes,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (AcknowledgementRow r) =>
                new Acknowledgement(r.ChangeNumber, r.Incarnation, r.AppliedAfterMs, r.StreamsClosed),
            $"""
            select change_number, incarnation, applied_after_ms, streams_closed from acknowledgements
            where change_number {session.Dialect.AnyOf("changes")} order by change_number, incarnation
            """,
            new { changes = changes.ToArray() },
            ct
        );

    /// <summary>
    /// Forgets processes that have ended long ago, and acknowledgements of changes that are forgotten. An open row stays
    /// however old it looks: an admin process whose clock is days ahead would forget those that judge, and call receipts
    /// complete without them. One that no process renews is closed first, as lost.
    /// </summary>
    /// <returns>How many; bounded, so call again until it is 0.</returns>
    public static async Task<int> PruneFleetAsync(
        this Session session,
        DateTimeOffset before,
        CancellationToken ct = default
    ) =>
        await session
            .PruneAsync("gateways", $"renewed_at < @before and state = '{GatewayRow.Closed}'", before, ct)
            .ConfigureAwait(false)
        + await session
            .PruneAsync("acknowledgements", "change_number < (select min(number) from changes)", null, ct)
            .ConfigureAwait(false);

    private static long Milliseconds(TimeSpan span) => (long)Math.Ceiling(span.TotalMilliseconds);

    private sealed class Row
    {
        public string Incarnation { get; set; } = "";
        public string InstanceId { get; set; } = "";
        public string Version { get; set; } = "";
        public string SettingsHash { get; set; } = "";
        public string State { get; set; } = "";
        public long Applied { get; set; }
        public long Renewals { get; set; }
        public long LeaseMs { get; set; }
        public long MaxStalenessMs { get; set; }
        public DateTimeOffset StartedAt { get; set; }
        public DateTimeOffset RenewedAt { get; set; }

        public GatewayRow ToGateway() =>
            new(
                Incarnation,
                InstanceId,
                Version,
                SettingsHash,
                State,
                Applied,
                Renewals,
                TimeSpan.FromMilliseconds(LeaseMs),
                TimeSpan.FromMilliseconds(MaxStalenessMs),
                StartedAt,
                RenewedAt
            );
    }

    private sealed class RenewalRow
    {
        public long Head { get; set; }
        public DateTimeOffset StoreNow { get; set; }
    }

    private sealed class AcknowledgementRow
    {
        public long ChangeNumber { get; set; }
        public string Incarnation { get; set; } = "";
        public long AppliedAfterMs { get; set; }
        public int StreamsClosed { get; set; }
    }
}
