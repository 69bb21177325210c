using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The refusals only the console knows.</summary>
public static class ConsoleProblems
{
    /// <summary>For another host, or from another site's page.</summary>
    public static Problem NotOurs() =>
        new(
            403,
            "NOT_OUR_PAGE",
            "This did not come from the console",
            "The request was for another host, or was sent by another site. Open the console at its own address "
                + "(Admin:Console:Url) and try again."
        );

    /// <summary>A viewer wants to change something: the gateway's words for it speak of keys.</summary>
    public static Problem OwnersOnly() =>
        Problem.Of(DenyReason.InsufficientPermissions) with
        {
            Title = "For owners",
            Detail = "You may see this account, not change it. Ask one of its owners: the account’s page lists them.",
        };

    /// <summary>The sign-in form's token is not one of this browser.</summary>
    public static Problem StaleSignIn() =>
        new(400, "STALE_FORM", "This sign-in page is too old", "Open the sign-in page again. Cookies must be allowed.");

    /// <summary>Neither token nor code lets anybody in.</summary>
    public static Problem SignInRefused() =>
        new(
            401,
            "SIGN_IN_REFUSED",
            "That did not work",
            "The token or code is not valid, or it was used already: start again."
        );

    /// <summary>The provider vouches for somebody whom no account has invited.</summary>
    /// <param name="email">The verified address; null when there is none.</param>
    public static Problem NotInvited(string? email) =>
        new(
            403,
            "NOT_INVITED",
            "You are not invited yet",
            email is null
                ? "Your identity provider does not confirm an e-mail address for you."
                : $"No account has invited {email}. Ask an owner of the account, or an operator."
        );

    /// <summary>The provider cannot be asked.</summary>
    public static Problem ProviderUnavailable() =>
        new(503, "PROVIDER_UNAVAILABLE", "The identity provider does not answer", "Try again in a moment.")
        {
            RetryAfterSeconds = 5,
        };

    /// <summary>Too many attempts from one address.</summary>
    public static Problem TooManySignIns() =>
        new(429, "TOO_MANY_SIGN_INS", "Too many attempts", "Wait a minute, then try again.") { RetryAfterSeconds = 60 };

    /// <summary>A refusal in words for people, where the API's are for programs.</summary>
    public static Problem ForPeople(Problem problem) =>
        problem.Code == Problems.PreconditionFailed().Code ? ChangedMeanwhile() : problem;

    /// <summary>The key is not as the form showed it.</summary>
    public static Problem ChangedMeanwhile() =>
        Problems.PreconditionFailed() with
        {
            Detail =
                "Nothing was saved. Below is what you typed, not what the key is now: compare it with the key’s page, and "
                + "save again if it is to be so.",
        };

    /// <summary>A form was sent again that has been acted on.</summary>
    public static Problem AlreadyDone() =>
        new(
            409,
            "ALREADY_DONE",
            "This was done already",
            "The form was sent a second time, by a reload or the back button. A key is shown once, when it is made; if it "
                + "was not saved, rotate it."
        );

    /// <summary>The same of a form that shows no secret.</summary>
    public static Problem SentTwice() =>
        AlreadyDone() with
        {
            Detail = "The form was sent a second time, by a reload or the back button. Open it anew to do it again.",
        };

    /// <summary>The same of the form that made an operator.</summary>
    public static Problem OperatorMadeAlready() =>
        AlreadyDone() with
        {
            Detail =
                "The form was sent a second time, by a reload or the back button. A token is shown once; if it was not "
                + "saved, remove the operator and add them anew.",
        };
}
