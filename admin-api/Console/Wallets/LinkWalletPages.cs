using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What linking a wallet shows.</summary>
/// <param name="Form">What was typed.</param>
/// <param name="Errors">What is wrong with it.</param>
public sealed record LinkWalletModel(LinkWalletForm Form, FormErrors Errors);

/// <summary>The forms of linking a wallet, as typed.</summary>
/// <param name="Address">The wallet's address.</param>
/// <param name="Label">What to call it; empty for nothing.</param>
/// <param name="Message">The message to sign; empty while there is none.</param>
/// <param name="Signature">The signature as pasted, or as the browser's wallet gave it.</param>
public sealed record LinkWalletForm(string Address = "", string Label = "", string Message = "", string Signature = "")
{
    /// <summary>Reads them. A browser sends each line break as two characters; the message has one, and is compared byte by
    /// byte.</summary>
    public static LinkWalletForm Read(IFormCollection form) =>
        new(
            form["address"].ToString().Trim(),
            form["label"].ToString().Trim(),
            form["message"].ToString().Replace("\r\n", "\n", StringComparison.Ordinal),
            form["signature"].ToString().Trim()
        );

    /// <summary>The body that the API takes for a challenge.</summary>
    public JsonElement ToChallenge() => JsonSerializer.SerializeToElement(new JsonObject { ["address"] = Address });

    /// <summary>The body that the API takes for a link.</summary>
    public JsonElement ToBody()
    {
        var body = new JsonObject
        {
            ["address"] = Address,
            ["message"] = Message,
            ["signature"] = Signature,
        };
        if (Label.Length > 0)
            body["label"] = Label;
        return JsonSerializer.SerializeToElement(body);
    }
}

/// <summary>
/// Linking an external wallet: whoever can sign with it holds it.
/// <code>
/// GET  wallets/link   the address, typed or from a wallet in the browser
/// POST wallets/link   the message to sign
/// POST wallets        the signature, pasted or from that wallet; then the account's page with the receipt
/// </code>
/// The script only fills in what could be typed; a wallet on another machine, or a command line, signs as well.
/// </summary>
public static class LinkWalletPages
{
    /// <summary>Where it is, below the account.</summary>
    public const string Path = "/wallets/link";

    /// <summary>Where the signature goes, below the account.</summary>
    public const string Wallets = "/wallets";

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder account)
    {
        account
            .MapPage(Path, _ => Task.FromResult<IResult>(Show(new LinkWalletForm(), FormErrors.None)))
            .ForAccount(Permission.Write);
        account.MapForm(Path, ChallengeAsync).ForAccount(Permission.Write);
        account.MapForm(Wallets, LinkAsync).ForAccount(Permission.Write);
    }

    private static async Task<IResult> ChallengeAsync(HttpContext http)
    {
        var typed = LinkWalletForm.Read(await http.Request.ReadFormAsync(http.RequestAborted)) with { Message = "" };
        var errors = new List<FieldError>();
        var request = Fields.Read(typed.ToChallenge(), CreateChallenge.Request.Read, errors, http.Admin().KeyFormat);
        if (errors.Count > 0)
            return Show(typed, new FormErrors(Problems.Validation(errors)));
        var outcome = await CreateChallenge.RunAsync(http.Admin(), http.Caller(), request);
        return outcome.TryGet(out var written, out var problem)
            ? Show(typed with { Message = written.Answer.Challenge.Message }, FormErrors.None)
            : Show(typed, new FormErrors(problem));
    }

    private static async Task<IResult> LinkAsync(HttpContext http)
    {
        var typed = LinkWalletForm.Read(await http.Request.ReadFormAsync(http.RequestAborted));
        var errors = new List<FieldError>();
        var request = Fields.Read(typed.ToBody(), LinkWallet.Request.Read, errors, http.Admin().KeyFormat);
        if (errors.Count > 0)
            return Show(typed, new FormErrors(Problems.Validation(errors)));
        var outcome = await LinkWallet.RunAsync(http.Admin(), http.Caller(), request);
        if (outcome.TryGet(out var written, out var problem))
            return await ConsoleWrites.LeadAsync(http, written, AccountPages.PathOf(http));
        // A signature is judged before its challenge is used up; after any other refusal there is nothing left to sign.
        return problem.Code == AccountProblems.SignatureInvalid().Code
            ? Show(typed, new FormErrors(Problems.Validation("signature", problem.Code, NotThisOne)))
            : Show(typed with { Message = "", Signature = "" }, new FormErrors(problem));
    }

    private const string NotThisOne =
        "This is not a signature of the message by that wallet. Sign the message as it stands, with nothing before or "
        + "after it.";

    private static Page<LinkWalletPage, LinkWalletModel> Show(LinkWalletForm form, FormErrors errors) =>
        new(new LinkWalletModel(form, errors), errors.Status);
}
