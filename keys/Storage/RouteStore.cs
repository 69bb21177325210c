namespace Gateway.Keys.Storage;

/// <summary>Which version of the routes a running gateway serves.</summary>
/// <param name="Incarnation">Which start of it.</param>
/// <param name="InstanceId">Its label.</param>
/// <param name="Version">Of its routes; null when it has not said.</param>
/// <param name="FileRefused">Whether its routes file as it lies there cannot be served.</param>
/// <param name="At">Since when, by the store's clock; null when it has not said.</param>
public sealed record ServedRoutes(
    string Incarnation,
    string InstanceId,
    string? Version,
    bool FileRefused,
    DateTimeOffset? At
);

/// <summary>The route tables of gateways, each written by the gateway itself and read by people alone.</summary>
public static class RouteStore
{
    /// <summary>Says which routes a gateway serves; its row is there already.</summary>
    public static Task PublishRoutesAsync(
        this Session session,
        string incarnation,
        PublishedRoutes routes,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            $"""
            insert into gateway_routes (incarnation, version, file_refused, routes, at)
            values (@incarnation, @Version, @FileRefused, @json, {session.Dialect.Now})
            on conflict (incarnation) do update set version = excluded.version, file_refused = excluded.file_refused,
              routes = excluded.routes, at = excluded.at
            """,
            new
            {
                incarnation,
                routes.Version,
                routes.FileRefused,
                json = routes.ToJson(),
            },
            ct
        );

    /// <summary>What every running gateway serves, by its label.</summary>
    public static Task<List<ServedRoutes>> ListServedRoutesAsync(
        this Session session,
        CancellationToken ct = default
    ) =>
        session.QueryAsync(
            (ServedRow r) => new ServedRoutes(r.Incarnation, r.InstanceId, r.Version, r.FileRefused ?? false, r.At),
            $"""
            select g.incarnation, g.instance_id, r.version, r.file_refused, r.at
            from gateways g left join gateway_routes r on r.incarnation = g.incarnation
            where g.state <> '{GatewayRow.Closed}' order by g.instance_id, g.started_at
            """,
            null,
            ct
        );

    /// <summary>The route table of one gateway; null when it has none, or none that can be read.</summary>
    public static async Task<PublishedRoutes?> GetRoutesAsync(
        this Session session,
        string incarnation,
        CancellationToken ct = default
    )
    {
        var row = await session
            .FirstAsync<TableRow>(
                "select version, file_refused, routes from gateway_routes where incarnation = @incarnation",
                new { incarnation },
                ct
            )
            .ConfigureAwait(false);
        return row is null ? null : PublishedRoutes.Read(row.Version, row.FileRefused, row.Routes);
    }

    /// <summary>Forgets the tables of gateways that do not run any more.</summary>
    /// <returns>How many; bounded, so call again until it is 0.</returns>
    public static Task<int> PruneRoutesAsync(this Session session, CancellationToken ct = default) =>
        session.PruneAsync(
            "gateway_routes",
            $"incarnation not in (select incarnation from gateways where state <> '{GatewayRow.Closed}')",
            null,
            ct
        );

    private sealed class ServedRow
    {
        public string Incarnation { get; set; } = "";
        public string InstanceId { get; set; } = "";
        public string? Version { get; set; }
        public bool? FileRefused { get; set; }
        public DateTimeOffset? At { get; set; }
    }

    private sealed class TableRow
    {
        public string Version { get; set; } = "";
        public bool FileRefused { get; set; }
        public string Routes { get; set; } = "";
    }
}
