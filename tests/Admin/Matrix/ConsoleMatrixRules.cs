namespace Gateway.Tests;

/// <summary>Whom a page of the console is for.</summary>
internal enum Whom
{
    /// <summary>Everybody; answers with a page.</summary>
    Anyone,

    /// <summary>Everybody; leads on.</summary>
    AnyoneOn,

    /// <summary>Everybody; leads to the identity provider.</summary>
    AnyoneAway,

    /// <summary>Everybody; nothing is there by that name.</summary>
    AnyoneNothing,

    /// <summary>Who is signed in; leads on.</summary>
    SignedInOn,

    /// <summary>Who is signed in; people of one account are led to it.</summary>
    SignedIn,

    /// <summary>Who may see the account.</summary>
    Readers,

    /// <summary>Who may change it.</summary>
    Writers,

    /// <summary>Operators.</summary>
    Operators,
}

/// <summary>What is expected of a page; nothing here is read from the code that is judged.</summary>
internal static class ConsoleMatrixRules
{
    private const string Account = "/console/accounts/{accountId}";

    // A form without its token, by somebody who would be let in.
    internal const string TokenMissing = "400";

    /// <summary>Every page and form.</summary>
    public static IReadOnlyDictionary<string, Whom> All { get; } =
        new Dictionary<string, Whom>(StringComparer.Ordinal)
        {
            ["GET /"] = Whom.AnyoneOn,
            ["GET /console/assets/{name}"] = Whom.AnyoneNothing,
            ["GET /console/sign-in"] = Whom.Anyone,
            ["GET /console/sign-in/provider"] = Whom.AnyoneAway,
            ["POST /console/sign-in/token"] = Whom.Anyone,
            ["POST /console/sign-in/code"] = Whom.Anyone,
            ["POST /console/sign-out"] = Whom.SignedIn,
            ["GET /console"] = Whom.SignedInOn,
            ["GET /console/accounts"] = Whom.SignedIn,
            [$"GET {Account}"] = Whom.Readers,
            [$"GET {Account}/keys"] = Whom.Readers,
            [$"GET {Account}/keys/{{id}}"] = Whom.Readers,
            [$"GET {Account}/keys/new"] = Whom.Writers,
            [$"POST {Account}/keys/new"] = Whom.Writers,
            [$"POST {Account}/keys"] = Whom.Writers,
            [$"POST {Account}/keys/{{id}}/disable"] = Whom.Writers,
            [$"POST {Account}/keys/{{id}}/enable"] = Whom.Writers,
            [$"POST {Account}/keys/{{id}}/rotate"] = Whom.Writers,
            [$"GET {Account}/keys/{{id}}/revoke"] = Whom.Writers,
            [$"POST {Account}/keys/{{id}}/revoke"] = Whom.Writers,
            [$"GET {Account}/keys/{{id}}/edit"] = Whom.Writers,
            [$"POST {Account}/keys/{{id}}/edit"] = Whom.Writers,
            [$"GET {Account}/keys/{{id}}/expiration"] = Whom.Writers,
            [$"POST {Account}/keys/{{id}}/expiration"] = Whom.Writers,
            ["GET /console/accounts/new"] = Whom.Operators,
            ["POST /console/accounts/new"] = Whom.Operators,
            [$"GET {Account}/administer"] = Whom.Operators,
            [$"POST {Account}/administer"] = Whom.Operators,
            [$"GET {Account}/administer/suspend"] = Whom.Operators,
            [$"POST {Account}/administer/suspend"] = Whom.Operators,
            [$"GET {Account}/administer/resume"] = Whom.Operators,
            [$"POST {Account}/administer/resume"] = Whom.Operators,
            [$"GET {Account}/administer/revoke-all"] = Whom.Operators,
            [$"POST {Account}/administer/revoke-all"] = Whom.Operators,
            ["GET /console/operators"] = Whom.Operators,
            ["POST /console/operators"] = Whom.Operators,
            ["GET /console/operators/{id}/remove"] = Whom.Operators,
            ["POST /console/operators/{id}/remove"] = Whom.Operators,
            ["GET /console/fleet"] = Whom.Operators,
            ["GET /console/routes"] = Whom.Operators,
            ["GET /console/changes"] = Whom.Operators,
            ["GET /console/changes/{number}"] = Whom.Operators,
            ["GET /console/audit"] = Whom.Operators,
            ["GET /console/audit/audit.csv"] = Whom.Operators,
            [$"POST {Account}/people"] = Whom.Writers,
            [$"GET {Account}/people/{{id}}/remove"] = Whom.Writers,
            [$"POST {Account}/people/{{id}}/remove"] = Whom.Writers,
            [$"GET {Account}/wallets/link"] = Whom.Writers,
            [$"POST {Account}/wallets/link"] = Whom.Writers,
            [$"POST {Account}/wallets"] = Whom.Writers,
            [$"GET {Account}/wallets/{{id}}/unlink"] = Whom.Writers,
            [$"POST {Account}/wallets/{{id}}/unlink"] = Whom.Writers,
        };

    /// <summary>What this visitor is answered: a status, or the way to the sign-in.</summary>
    public static string Expect(Whom whom, ConsoleVisitor visitor, string method)
    {
        var isForm = method == "POST";
        var letIn = isForm ? TokenMissing : "200";
        if (whom is Whom.Anyone or Whom.AnyoneOn or Whom.AnyoneAway or Whom.AnyoneNothing)
            return whom switch
            {
                Whom.AnyoneOn => "303",
                Whom.AnyoneAway => "302",
                Whom.AnyoneNothing => "404",
                _ => letIn,
            };
        if (!visitor.IsSignedIn)
            return isForm ? "401" : "sign in first";
        return whom switch
        {
            Whom.SignedInOn => "303",
            Whom.SignedIn => letIn,
            Whom.Operators => visitor.IsOperator ? letIn : "403",
            _ when !visitor.SeesAccount => "404",
            Whom.Readers => letIn,
            _ => visitor.ChangesAccount ? letIn : "403",
        };
    }
}
