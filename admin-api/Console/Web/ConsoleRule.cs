namespace Gateway.Admin;

/// <summary>Who may open a page of the console; every one of its endpoints states one.</summary>
/// <param name="Audience">Who is let in at all. <see cref="Audience.Everyone"/> is everyone who is signed in.</param>
/// <param name="Permission">What a person needs for it; operators need none.</param>
public sealed record ConsoleRule(Audience Audience, string? Permission = null);

/// <summary>States the rule of a page where it is mapped.</summary>
public static class ConsoleRules
{
    /// <summary>Before anybody is signed in.</summary>
    public static T ForAnyone<T>(this T page)
        where T : IEndpointConventionBuilder => page.WithRule(new ConsoleRule(Audience.Anyone));

    /// <summary>Everyone who is signed in.</summary>
    public static T ForSignedIn<T>(this T page)
        where T : IEndpointConventionBuilder => page.WithRule(new ConsoleRule(Audience.Everyone));

    /// <summary>About the account in the path: operators, and its people who hold <paramref name="permission"/>.</summary>
    public static T ForAccount<T>(this T page, string permission)
        where T : IEndpointConventionBuilder => page.WithRule(new ConsoleRule(Audience.Account, permission));

    /// <summary>Operators alone.</summary>
    public static T ForOperators<T>(this T page)
        where T : IEndpointConventionBuilder => page.WithRule(new ConsoleRule(Audience.Operators));

    private static T WithRule<T>(this T page, ConsoleRule rule)
        where T : IEndpointConventionBuilder => page.WithMetadata(rule);
}
