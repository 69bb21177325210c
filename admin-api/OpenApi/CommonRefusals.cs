using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The refusals that follow from what an endpoint is: who may call it, what it takes, what its path names.</summary>
internal static class CommonRefusals
{
    /// <summary>Adds every refusal, common or stated, as a response with a problem body.</summary>
    public static void Add(EndpointBuilder endpoint)
    {
        var codes = new SortedDictionary<int, List<string>>();
        foreach (var refusal in Common((RouteEndpointBuilder)endpoint).Concat(endpoint.Metadata.OfType<RefusalDoc>()))
        {
            if (!codes.TryGetValue(refusal.Status, out var list))
                codes[refusal.Status] = list = [];
            list.AddRange(refusal.Codes.Except(list, StringComparer.Ordinal));
        }
        foreach (var (status, list) in codes)
            endpoint.Metadata.Add(
                new ProducesResponseTypeMetadata(status, typeof(ProblemSchema), [ProblemBody.ContentType])
                {
                    Description = "`error.code`: " + string.Join(", ", list.Select(c => $"`{c}`")) + ".",
                }
            );
    }

    private static IEnumerable<RefusalDoc> Common(RouteEndpointBuilder endpoint)
    {
        var rule = endpoint.Metadata.OfType<AccessRule>().Single();
        var path = endpoint.RoutePattern.RawText ?? "";
        var methods = endpoint.Metadata.OfType<IHttpMethodMetadata>().Last().HttpMethods;
        var reads = HttpMethods.IsGet(methods[0]);
        yield return new(400, ["BAD_REQUEST", "VALIDATION_FAILED"]);
        if (rule.Audience != Audience.Anyone)
        {
            foreach (var refusal in OfCredentials(rule))
                yield return refusal;
        }
        if (rule.Audience == Audience.Account && !path.Contains("{accountId}", StringComparison.Ordinal))
            yield return new(400, ["ACCOUNT_REQUIRED"]);
        if (path.Contains("{accountId}", StringComparison.Ordinal))
            yield return new(404, ["ACCOUNT_NOT_FOUND"]);
        if (!reads)
        {
            yield return new(400, ["MALFORMED_JSON"]);
            yield return new(413, CodesOf(DenyReason.PayloadTooLarge));
            yield return new(415, ["UNSUPPORTED_MEDIA_TYPE"]);
        }
        if (endpoint.Metadata.Contains(Parameters.IdempotencyKey))
        {
            yield return new(409, ["IDEMPOTENCY_IN_FLIGHT"]);
            yield return new(422, ["IDEMPOTENCY_KEY_REUSED"]);
        }
        yield return new(500, ["INTERNAL_ERROR"]);
        yield return new(503, ["STORE_UNAVAILABLE", .. CodesOf(DenyReason.VerificationUnavailable)]);
    }

    private static IEnumerable<RefusalDoc> OfCredentials(AccessRule rule)
    {
        yield return new(
            401,
            CodesOf(
                DenyReason.Unauthorized,
                DenyReason.InvalidApiKey,
                DenyReason.RevokedApiKey,
                DenyReason.DisabledApiKey,
                DenyReason.ExpiredApiKey
            )
        );
        yield return new(403, CodesOf(DenyReason.AccountSuspended, DenyReason.IpNotAllowed));
        // Everywhere, since keys can be switched off as actors.
        yield return new(403, ["OPERATORS_ONLY"]);
        if (rule.IsForKeys)
        {
            yield return new(403, CodesOf(DenyReason.InsufficientPermissions));
            yield return new(429, CodesOf(DenyReason.RateLimited));
        }
    }

    private static string[] CodesOf(params DenyReason[] reasons) => [.. reasons.Select(r => Denials.For(r).Code)];
}
