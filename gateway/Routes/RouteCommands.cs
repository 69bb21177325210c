using System.CommandLine;
using Gateway.Keys;

namespace Gateway;

/// <summary>
/// Commands for people who write routes files. They judge a file with the code that serves it, against the settings this
/// process would serve with (<c>appsettings.json</c>, the environment).
/// </summary>
public static class RouteCommands
{
    private static readonly Argument<string> File = new("file") { Description = "The routes file." };

    /// <summary><c>gateway check FILE</c>: whether the file would be taken. Exit code 1 when not.</summary>
    public static Command Check()
    {
        var command = new Command("check", "Check a routes file without serving it: every problem, then every warning.")
        {
            File,
        };
        command.SetAction(
            async (parsed, _) =>
            {
                var to = parsed.InvocationConfiguration;
                if (await ReadAsync(parsed.GetRequiredValue(File), to.Error) is not { } routes)
                    return 1;
                WriteWarnings(routes, to.Output);
                var (routeCount, clusterCount) = (routes.Routes.Count, routes.StatedClusters);
                await to.Output.WriteLineAsync(
                    $"OK: {routeCount} routes, {clusterCount} clusters, {routes.Warnings.Count} warnings"
                );
                return 0;
            }
        );
        return command;
    }

    /// <summary><c>gateway routes FILE</c>: the routes as they are tried, with what each demands.</summary>
    public static Command Routes()
    {
        var command = new Command("routes", "Print the routes of a file and what each demands.") { File };
        command.SetAction(
            async (parsed, _) =>
            {
                var to = parsed.InvocationConfiguration;
                if (await ReadAsync(parsed.GetRequiredValue(File), to.Error) is not { } routes)
                    return 1;
                RouteTable.Write(routes, to.Output);
                WriteWarnings(routes, to.Output);
                return 0;
            }
        );
        return command;
    }

    /// <summary>Reads a file as serving would; null when it cannot be used, and then every problem has been written.</summary>
    internal static async Task<CheckedRoutes?> ReadAsync(string path, TextWriter error)
    {
        try
        {
            var services = new ServiceCollection().AddLogging();
            RoutesFile.AddChecker(services, ReadContext());
            await using var provider = services.BuildServiceProvider();
            return await RoutesFile.ReadAsync(path, provider.GetRequiredService<RoutesChecker>());
        }
        catch (SettingsException e)
        {
            await error.WriteLineAsync(e.Message);
            return null;
        }
    }

    /// <summary>The settings of serving, from the same places.</summary>
    internal static IConfiguration ReadConfiguration() =>
        WebApplication
            .CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory })
            .Configuration;

    /// <summary>What of the settings matters to routes.</summary>
    internal static RouteContext ContextOf(KeyFormat format, ChangeOptions changes) =>
        new([.. format.Environments.Select(e => e.Name)], changes.DefaultMaxStaleness);

    // Settings of other sections do not matter to a file, so that it can be checked where there is no store.
    private static RouteContext ReadContext()
    {
        var configuration = ReadConfiguration();
        var problems = new List<string>();
        var keys = Settings.Bind<KeyOptions>(configuration, "Keys", problems);
        var changes = Settings.Bind<ChangeOptions>(configuration, "Changes", problems);
        changes.Validate(problems);
        return problems.Count == 0 ? ContextOf(new KeyFormat(keys), changes) : throw new SettingsException(problems);
    }

    private static void WriteWarnings(CheckedRoutes routes, TextWriter output)
    {
        foreach (var warning in routes.Warnings)
            output.WriteLine($"warning: {warning}");
    }
}
