using System.Globalization;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/changes/{number}?wait=</c>: the receipt of a change as it stands now, or, when it is not complete,
/// as it stands when the wait is over. Operators see every change, an account's own actors those of the account.</summary>
public static class GetChange
{
    /// <summary>The answer.</summary>
    /// <param name="Change">What was changed.</param>
    /// <param name="Propagation">The receipt.</param>
    public sealed record Response(ChangeView Change, Propagation Propagation);

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app) =>
        app.MapGet("/v1/changes/{number}", Exchange.Read<Response>(ReadAsync))
            .AboutAnyAccount(Permission.Read)
            .Produces<Envelope<Response>>()
            .Takes(Parameters.WaitForReceipt)
            .Refuses(404, "CHANGE_NOT_FOUND")
            .Describe("getChange", Tags.Fleet, "Read the receipt of a change");

    /// <summary>Reads it.</summary>
    /// <param name="admin">What operations work with.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="number">Which.</param>
    /// <param name="wait">How long to wait for it to be complete.</param>
    public static async Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller, long number, TimeSpan wait)
    {
        var change = await admin.Database.ReadAsync(s => s.GetChangeAsync(number));
        var isOwn = string.Equals(change?.AccountId, caller.AccountId, StringComparison.Ordinal);
        if (change is null || (!caller.Actor.IsOperator && !isOwn))
            return AccountProblems.ChangeNotFound();
        return new Response(View(change), await admin.Fleet.WaitAsync(number, wait));
    }

    /// <summary>A change as the API shows it.</summary>
    internal static ChangeView View(Change change) =>
        new(change.Number, change.Kind, change.AccountId, change.KeyId, change.At);

    // Unlike a write, a look at a receipt waits only when it is told to.
    private static async Task<Outcome<Response>> ReadAsync(AdminServices admin, Caller caller, HttpRequest request)
    {
        var isNumber = long.TryParse(
            (string)request.RouteValues["number"]!,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        );
        return isNumber
            ? await RunAsync(admin, caller, number, request.Query.ContainsKey("wait") ? caller.Wait : TimeSpan.Zero)
            : AccountProblems.ChangeNotFound();
    }
}

/// <summary>What was changed.</summary>
/// <param name="Number">Gapless, in commit order.</param>
/// <param name="Kind">What happened, such as <c>key.revoked</c>.</param>
/// <param name="AccountId">The account.</param>
/// <param name="KeyId">The key; null for the account as a whole.</param>
/// <param name="At">When, by the store's clock.</param>
public sealed record ChangeView(long Number, string Kind, string? AccountId, string? KeyId, DateTimeOffset At);
