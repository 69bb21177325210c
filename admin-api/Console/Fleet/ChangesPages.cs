using System.Globalization;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>What the list of changes shows.</summary>
/// <param name="Changes">Each with its receipt as it stands, newest first.</param>
/// <param name="Next">Asks for the next page; null on the last.</param>
public sealed record ChangesModel(IReadOnlyList<GetChange.Response> Changes, long? Next);

/// <summary>The changes and their receipts: for operators.</summary>
public static class ChangesPages
{
    /// <summary>Where they are.</summary>
    public const string Path = ConsoleApp.Root + "/changes";

    // Each is judged anew, all in one look at the fleet.
    private const int PageSize = 25;

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage(Path, ListAsync).ForOperators();
        app.MapPage(Path + "/{number}", ShowAsync).ForOperators();
    }

    /// <summary>What happened, in words.</summary>
    public static string Words(string kind) =>
        kind switch
        {
            ChangeKinds.KeyCreated => "Key made",
            ChangeKinds.KeyUpdated => "Key changed",
            ChangeKinds.KeyRevoked => "Key revoked",
            ChangeKinds.AccountUpdated => "Account changed",
            ChangeKinds.AccountKeysRevoked => "All keys revoked",
            _ => kind,
        };

    private static async Task<IResult> ListAsync(HttpContext http)
    {
        var (admin, before) = (http.Admin(), NumberIn(http.Request.Query["before"]));
        var changes = await admin.Database.ReadAsync(s => s.ListChangesAsync(PageSize + 1, before));
        var page = changes.Take(PageSize).ToList();
        var receipts = await Task.WhenAll(page.Select(c => admin.Fleet.WaitAsync(c.Number, TimeSpan.Zero)));
        var rows = page.Zip(receipts, (c, r) => new GetChange.Response(GetChange.View(c), r)).ToList();
        return new Page<ChangesPage, ChangesModel>(new(rows, changes.Count > PageSize ? page[^1].Number : null));
    }

    private static async Task<IResult> ShowAsync(HttpContext http)
    {
        if (NumberIn((string)http.Request.RouteValues["number"]!) is not { } number)
            return new RefusedPage(AccountProblems.ChangeNotFound());
        var found = await GetChange.RunAsync(http.Admin(), http.Caller(), number, TimeSpan.Zero);
        return found.TryGet(out var answer, out var problem)
            ? new Page<ChangePage, GetChange.Response>(answer)
            : new RefusedPage(problem);
    }

    private static long? NumberIn(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
