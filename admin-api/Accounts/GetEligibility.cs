namespace Gateway.Admin;

/// <summary><c>GET /v1/accounts/{accountId}/eligibility</c>: whether the account may make and rotate keys, and why not.</summary>
public static class GetEligibility
{
    /// <summary>The answer.</summary>
    /// <param name="Eligible">Whether it may.</param>
    /// <param name="Reasons">Every reason why not; empty when it may.</param>
    /// <param name="Contact">Whom to ask; null when nobody is configured.</param>
    public sealed record Response(bool Eligible, IReadOnlyList<Reason> Reasons, string? Contact);

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder account) =>
        account
            .MapGet("/eligibility", Exchange.Read((admin, caller, _) => RunAsync(admin, caller)))
            .AboutAccount(Permission.Read)
            .Produces<Envelope<Response>>()
            .Describe("getEligibility", Tags.Accounts, "Read whether an account may create API keys");

    /// <summary>Evaluates the rules.</summary>
    public static Task<Outcome<Response>> RunAsync(AdminServices admin, Caller caller) =>
        admin.ReadAsync(
            caller,
            async (session, account) =>
            {
                var options = admin.Settings.Eligibility;
                var reasons = await Eligibility.EvaluateAsync(session, account, options);
                return new Response(reasons.Count == 0, reasons, options.Contact);
            }
        );
}
