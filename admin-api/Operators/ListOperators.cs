using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>GET /v1/operators</c>: every named operator; the one of <c>Admin:OperatorToken</c> is not among them.</summary>
public static class ListOperators
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder operators) =>
        operators
            .MapGet("", Exchange.Read((admin, _, _) => RunAsync(admin)))
            .OperatorsOnly()
            .Produces<Envelope<OperatorPage>>();

    /// <summary>Lists them.</summary>
    public static async Task<Outcome<OperatorPage>> RunAsync(AdminServices admin)
    {
        var operators = await admin.Database.ReadAsync(s => s.ListOperatorsAsync());
        return new OperatorPage(operators.ConvertAll(OperatorView.Of), null);
    }
}
