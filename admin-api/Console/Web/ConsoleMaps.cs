namespace Gateway.Admin;

/// <summary>Maps pages and what their forms post. Not <c>MapGet</c> itself: of a function of the context alone it would take
/// no answer.</summary>
public static class ConsoleMaps
{
    /// <summary>A page.</summary>
    public static RouteHandlerBuilder MapPage(
        this IEndpointRouteBuilder app,
        string pattern,
        Func<HttpContext, Task<IResult>> page
    ) => app.MapGet(pattern, (Delegate)page);

    /// <summary>What a form posts.</summary>
    public static RouteHandlerBuilder MapForm(
        this IEndpointRouteBuilder app,
        string pattern,
        Func<HttpContext, Task<IResult>> act
    ) => app.MapPost(pattern, (Delegate)act);
}
