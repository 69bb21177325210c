using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary><c>DELETE /v1/operators/{id}</c>: its token is refused by the next call. An operator cannot remove itself, so
/// that there is always one left who can let others in.</summary>
public static class RemoveOperator
{
    private const int Ok = StatusCodes.Status200OK;

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder operators) =>
        operators
            .MapDelete("/{id}", Exchange.Write<EmptyRequest, OperatorAnswer>(Ok, EmptyRequest.Read, RunAsync))
            .OperatorsOnly()
            .Produces<Envelope<OperatorAnswer>>()
            .Refuses(400, "SELF_MODIFICATION")
            .Refuses(404, "OPERATOR_NOT_FOUND")
            .Describe("removeOperator", Tags.Operators, "Remove an operator");

    /// <summary>Removes one.</summary>
    public static Task<Outcome<Written<OperatorAnswer>>> RunAsync(
        AdminServices admin,
        Caller caller,
        string id,
        EmptyRequest _
    ) =>
        admin.WriteAsync<OperatorAnswer>(
            caller,
            Ok,
            async session =>
            {
                if (await session.GetOperatorAsync(id) is not { } record)
                    return AccountProblems.OperatorNotFound();
                if (string.Equals(id, caller.Actor.Id, StringComparison.Ordinal))
                    return AccountProblems.OperatorSelf();
                await session.DeleteOperatorAsync(id);
                var view = OperatorView.Of(record);
                await session.AuditAsync(admin, caller, "operator.remove", null, view, null);
                return new Written<OperatorAnswer>(new OperatorAnswer(view), null);
            },
            removes: id
        );
}
