using System.CommandLine;
using System.Data.Common;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>The command line: serve (the default), <c>migrate</c>, <c>first-key</c>,
/// <c>sign-in-link</c> and <c>healthcheck</c>.</summary>
public static class AdminCommands
{
    private const int Failed = 1;

    /// <summary>Runs a command.</summary>
    /// <returns>The exit code: 0 when all went well.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var serve = new RootCommand("The admin API of the gateway. Settings: --Section:Name=value.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        serve.SetAction((_, _) => GuardAsync(() => AdminApp.Build(args).RunAsync()));
        serve.Subcommands.Add(Migrate());
        serve.Subcommands.Add(FirstKey.Command());
        serve.Subcommands.Add(SignInLink.Command(GuardAsync));
        serve.Subcommands.Add(HealthCheck(args));
        // A word that is neither a command nor a setting was meant as a command: an error rather than served past.
        if (args is [var first, ..] && !IsSetting(first) && !serve.Subcommands.Any(c => c.Name == first))
            serve.TreatUnmatchedTokensAsErrors = true;
        // The host ends itself on SIGTERM, draining; the parser's own handler would hold the signal back for 2 s and then
        // end the process under it.
        return await serve.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static bool IsSetting(string argument) =>
        argument.StartsWith('-') || argument.StartsWith('/') || argument.Contains('=', StringComparison.Ordinal);

    private static Command Migrate()
    {
        var status = new Option<bool>("--status") { Description = "Only say what would be done." };
        var down = new Option<int?>("--down")
        {
            Description = "Go back to this schema version; 0 for an empty database.",
        };
        var migrate = new Command("migrate", "Bring the database's schema to what this release needs.")
        {
            status,
            down,
        };
        migrate.TreatUnmatchedTokensAsErrors = false;
        migrate.SetAction(
            (parsed, ct) =>
                GuardAsync(async () =>
                {
                    // Not its own options: the command line of settings would take the next word for their value.
                    var settings = AdminApp.NewBuilder([.. parsed.UnmatchedTokens]).Configuration;
                    await using var database = AdminSettings.Read(settings).Database;
                    if (parsed.GetValue(status))
                        Console.WriteLine((await Migrator.CheckAsync(database, ct)).Message);
                    else if (parsed.GetValue(down) is { } version)
                        Report("Undone", await Migrator.MigrateDownAsync(database, version, ct));
                    else
                        Report("Applied", await Migrator.MigrateAsync(database, ct));
                })
        );
        return migrate;
    }

    private static Command HealthCheck(string[] args)
    {
        var command = new Command("healthcheck", "Ask the admin API on this machine whether it runs (for containers).")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction(
            (_, _) =>
                HealthProbe.RunAsync(AdminApp.ListenUrl(AdminApp.NewBuilder(args[1..]).Configuration), Console.Error)
        );
        return command;
    }

    private static void Report(string what, IReadOnlyList<string> names) =>
        Console.WriteLine(names.Count == 0 ? "Nothing to do." : $"{what}: {string.Join(", ", names)}");

    // Problems of the settings are the operator's to mend: said in full, without a stack trace.
    private static async Task<int> GuardAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception e) when (e is SettingsException or SchemaException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"The store cannot be used: {e.Message}");
            return Failed;
        }
    }
}
