using System.CommandLine;

namespace Gateway.Admin;

/// <summary>
/// The command <c>sign-in-link</c>: prints an address that signs the configured operator in once.
/// <para>The code stands in the fragment, which browsers send to nobody: it is in no server's or proxy's log and in no
/// <c>Referer</c>. Our script takes it out of the address, and so out of the history, before it is posted; what the history
/// may keep of it was used up then. Without script it is pasted into the page.</para>
/// </summary>
public static class SignInLink
{
    /// <summary>The command; settings as for serving.</summary>
    /// <param name="guard">Says what is wrong with settings or store in plain words.</param>
    public static Command Command(Func<Func<Task>, Task<int>> guard)
    {
        var open = new Option<string?>("--open") { Description = "The account whose keys to show first." };
        var command = new Command(
            "sign-in-link",
            "Print an address that signs in to the console once, as the configured operator, within "
                + $"{SignInCodes.Lifetime.TotalMinutes:0} minutes."
        )
        {
            open,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(
            (parsed, _) => guard(() => PrintAsync([.. parsed.UnmatchedTokens], parsed.GetValue(open), Console.Out))
        );
        return command;
    }

    private static async Task PrintAsync(string[] args, string? account, TextWriter output)
    {
        var settings = AdminSettings.Read(AdminApp.NewBuilder(args).Configuration);
        await using var database = settings.Database;
        var console = settings.Admin.Console;
        if (!console.IsOn)
            throw new Keys.SettingsException(["Admin:Console:Url is not set: there is no console to sign in to."]);
        var code = await SignInCodes.CreateAsync(database, TimeProvider.System);
        var query = account is null
            ? ""
            : "?return=" + Uri.EscapeDataString(ConsoleApp.AccountPath(account) + KeysPages.Path);
        await output.WriteLineAsync($"link={console.Url!.TrimEnd('/')}{SignInPages.Path}{query}#code={code}");
    }
}
