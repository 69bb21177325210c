using System.Data.Common;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>POST /v1/operators</c>: a named operator. Its token is in this one answer; only its hash is stored.</summary>
public static class CreateOperator
{
    private const int Created = StatusCodes.Status201Created;

    // A bound on what is listed in one page.
    private const int MaxOperators = 100;

    /// <summary>What is asked for.</summary>
    /// <param name="Name">1 to 100 characters, unique.</param>
    public sealed record Request(string Name)
    {
        internal static Request Read(Fields fields) => new(KeyFields.Name(fields) ?? "");
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder operators) =>
        operators
            .MapPost("", Exchange.Write(Created, Request.Read, RunAsync))
            .OperatorsOnly()
            .Accepts<Request>("application/json")
            .Produces<Envelope<OperatorAnswer>>(Created)
            .Takes(Parameters.IdempotencyKey)
            .Refuses(409, "OPERATOR_EXISTS", "OPERATOR_LIMIT_REACHED")
            .Example(
                """
                { "name": "ada" }
                """
            )
            .Describe("createOperator", Tags.Operators, "Create an operator");

    /// <summary>Makes one.</summary>
    public static async Task<Outcome<Written<OperatorAnswer>>> RunAsync(
        AdminServices admin,
        Caller caller,
        Request request
    )
    {
        try
        {
            return await admin.WriteAsync(caller, Created, session => WriteAsync(session, admin, caller, request));
        }
        catch (DbException e) when (Dialect.IsUniqueViolation(e))
        {
            return AccountProblems.OperatorExists();
        }
    }

    private static async Task<Outcome<Written<OperatorAnswer>>> WriteAsync(
        Session session,
        AdminServices admin,
        Caller caller,
        Request request
    )
    {
        var operators = await session.ListOperatorsAsync();
        if (operators.Count >= MaxOperators)
            return AccountProblems.OperatorLimitReached(MaxOperators);
        // People tell them apart in the log by their names alone.
        if (operators.Exists(o => string.Equals(o.Name, request.Name, StringComparison.OrdinalIgnoreCase)))
            return AccountProblems.OperatorExists();
        var token = OperatorTokens.Generate();
        var made = new OperatorRecord(
            Ids.New(Ids.Operator, admin.Clock),
            request.Name,
            OperatorTokens.Hash(token),
            admin.Clock.Now()
        );
        await session.InsertOperatorAsync(made);
        var view = OperatorView.Of(made);
        await session.AuditAsync(admin, caller, "operator.create", null, null, view);
        return new Written<OperatorAnswer>(new OperatorAnswer(view with { Token = token }), null);
    }
}
