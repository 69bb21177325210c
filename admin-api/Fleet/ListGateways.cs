using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/gateways</c>: every gateway process that is or lately was, and how far each has come.</summary>
public static class ListGateways
{
    /// <summary>The fleet.</summary>
    /// <param name="Gateways">Oldest first.</param>
    /// <param name="Head">Number of the last change.</param>
    /// <param name="SettingsHash">The admin API's own.</param>
    /// <param name="NextCursor">Always null: there are few enough for one page.</param>
    public sealed record Response(
        IReadOnlyList<GatewayView> Gateways,
        long Head,
        string SettingsHash,
        string? NextCursor
    );

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app) =>
        app.MapGet("/v1/gateways", Exchange.Read((admin, _, _) => RunAsync(admin)))
            .OperatorsOnly()
            .Produces<Envelope<Response>>()
            .Describe("listGateways", Tags.Fleet, "List gateways");

    /// <summary>Lists them.</summary>
    public static Task<Outcome<Response>> RunAsync(AdminServices admin) =>
        admin.Database.ReadAsync<Outcome<Response>>(async session =>
        {
            var rows = await session.ListGatewaysAsync();
            // After the rows, so that no gateway is ahead of it.
            var head = await session.GetHeadAsync();
            var own = SettingsHash.Compute(admin.Settings.Keys, admin.Settings.Roles);
            return new Response(rows.ConvertAll(row => View(row, head, own)), head, own, null);
        });

    private static GatewayView View(GatewayRow row, long head, string own) =>
        new(
            row.InstanceId,
            row.Incarnation,
            row.Version,
            row.Applied,
            Math.Max(0, head - row.Applied),
            row.StartedAt,
            row.RenewedAt,
            row.State == GatewayRow.Closed ? null : row.RenewedAt + row.Lease,
            Span(row.MaxStaleness),
            row.SettingsHash,
            string.Equals(row.SettingsHash, own, StringComparison.Ordinal),
            row.State
        );

    // In the notation of the routes file.
    private static string Span(TimeSpan span) =>
        span.Milliseconds == 0
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(long)span.TotalSeconds}s")
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(long)span.TotalMilliseconds}ms");
}

/// <summary>One incarnation of a gateway process.</summary>
/// <param name="Id">The instance's label.</param>
/// <param name="Incarnation">Which start of it.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Applied">Number of the change it had applied at its last renewal.</param>
/// <param name="Lag">How many changes it had not applied by then.</param>
/// <param name="StartedAt">When it entered the fleet, by the store's clock.</param>
/// <param name="RenewedAt">Its last renewal, or its end, by the store's clock.</param>
/// <param name="LeaseUntil">Until when its last renewal lets it judge, by the store's clock; null once closed.</param>
/// <param name="MaxStaleness">How long after that it may still honour cached accepts, such as <c>60s</c>.</param>
/// <param name="SettingsHash">Hash over roles, pepper ids and environments.</param>
/// <param name="SettingsMatch">Whether that is the admin API's own.</param>
/// <param name="State"><c>open</c>, or <c>closed</c> after a clean stop or a loss.</param>
public sealed record GatewayView(
    string Id,
    string Incarnation,
    string Version,
    long Applied,
    long Lag,
    DateTimeOffset StartedAt,
    DateTimeOffset RenewedAt,
    DateTimeOffset? LeaseUntil,
    string MaxStaleness,
    string SettingsHash,
    bool SettingsMatch,
    string State
);
