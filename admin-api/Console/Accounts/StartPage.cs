namespace Gateway.Admin;

/// <summary>The console's root: leads to where whoever is signed in has something to do.</summary>
public static class StartPage
{
    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage("/", _ => Task.FromResult<IResult>(new SeeOther(ConsoleApp.Root))).ForAnyone();
        app.MapPage(ConsoleApp.Root, http => Task.FromResult<IResult>(new SeeOther(PathFor(Visit.Of(http).Identity!))))
            .ForSignedIn();
    }

    private static string PathFor(Identity identity) =>
        identity.People is [var only] ? ConsoleApp.AccountPath(only.AccountId) + KeysPages.Path : AccountsPages.Path;
}
