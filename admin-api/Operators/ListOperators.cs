using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/operators</c>: every named operator; the one of <c>Admin:OperatorToken</c> is not among them.</summary>
public static class ListOperators
{
    /// <summary>Every named operator.</summary>
    /// <param name="Operators">Oldest first.</param>
    /// <param name="NextCursor">Always null: there are few enough for one page.</param>
    public sealed record Response(IReadOnlyList<OperatorView> Operators, string? NextCursor);

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder operators) =>
        operators
            .MapGet("", Exchange.Read((admin, _, _) => RunAsync(admin)))
            .OperatorsOnly()
            .Produces<Envelope<Response>>()
            .Describe("listOperators", Tags.Operators, "List operators");

    /// <summary>Lists them.</summary>
    public static async Task<Outcome<Response>> RunAsync(AdminServices admin)
    {
        var operators = await admin.Database.ReadAsync(s => s.ListOperatorsAsync());
        return new Response(operators.ConvertAll(OperatorView.Of), null);
    }
}
