namespace Gateway.Admin;

/// <summary>Who may call an endpoint; every endpoint states one, and one that states none stops the process.</summary>
/// <param name="Audience">Who is let in at all.</param>
/// <param name="Permission">What a key or a person needs; null for nothing in particular. Operators need none.</param>
public sealed record AccessRule(Audience Audience, string? Permission = null)
{
    /// <summary>Whether keys are let in at all, and so are held to their rate limit.</summary>
    public bool IsForKeys => Audience is Audience.Account or Audience.Everyone;
}

/// <summary>Who is let in.</summary>
public enum Audience
{
    /// <summary>Everybody, without a credential.</summary>
    Anyone,

    /// <summary>Operators alone.</summary>
    Operators,

    /// <summary>Operators, who name an account, and an account's own actors about that account.</summary>
    Account,

    /// <summary>Operators about everything, an account's own actors about that account.</summary>
    Everyone,

    /// <summary>Operators, and who signs what they report (<see cref="ReportSignature"/>).</summary>
    Reporters,
}

/// <summary>States the rule of an endpoint where it is mapped.</summary>
public static class AccessRules
{
    /// <summary>No credential is asked for.</summary>
    public static T OpenToAnyone<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(Audience.Anyone));

    /// <summary>Operators alone.</summary>
    public static T OperatorsOnly<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(Audience.Operators));

    /// <summary>Operators, and known reporters of leaked keys.</summary>
    public static T ForReporters<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(Audience.Reporters));

    /// <summary>About one account: operators, and its own actors that hold <paramref name="permission"/>.</summary>
    public static T AboutAccount<T>(this T endpoint, string? permission)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(Audience.Account, permission));

    /// <summary>Operators about everything; an account's own actors that hold <paramref name="permission"/> about it.</summary>
    public static T AboutAnyAccount<T>(this T endpoint, string? permission)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(Audience.Everyone, permission));

    /// <summary>Throws when an endpoint states no rule: forgotten means closed, and noticed at once.</summary>
    public static void RequireAccessRules(this IEndpointRouteBuilder app)
    {
        var forgotten = app
            .DataSources.SelectMany(s => s.Endpoints)
            .Where(e => e.Metadata.GetMetadata<AccessRule>() is null && e.Metadata.GetMetadata<ConsoleRule>() is null)
            .Select(e => e.DisplayName)
            .ToList();
        if (forgotten.Count > 0)
            throw new InvalidOperationException("No access rule on: " + string.Join(", ", forgotten));
    }
}
