using System.CommandLine;
using Gateway.Keys;
using Gateway.Telemetry;

namespace Gateway;

/// <summary>
/// Commands for people who write routes files. They judge a file with the code that serves it, against the settings this
/// process would serve with (<c>appsettings.json</c>, the environment).
/// </summary>
public static class RouteCommands
{
    private static readonly Argument<string> File = new("file") { Description = "The routes file." };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON, for other programs." };

    /// <summary><c>gateway check FILE</c>: whether the file would be taken. Exit code 1 when not.</summary>
    public static Command Check()
    {
        var command = new Command("check", "Check a routes file without serving it: every problem, then every warning.")
        {
            File,
            AsJson,
        };
        command.SetAction(
            async (parsed, _) =>
            {
                var to = parsed.InvocationConfiguration;
                var read = await RoutesRead.OfAsync(parsed.GetRequiredValue(File));
                if (parsed.GetValue(AsJson))
                    await to.Output.WriteLineAsync(RoutesReport.Check(read));
                else
                    await WriteCheckAsync(read, to);
                return read.Problems.Count == 0 ? 0 : 1;
            }
        );
        return command;
    }

    /// <summary><c>gateway routes FILE</c>: the routes as they are tried, with what each demands, and as warnings where a
    /// laxer one comes in the way of a stricter one. Exit code 1 when the file cannot be read.</summary>
    public static Command Routes()
    {
        var command = new Command("routes", "Print the routes of a file, what each demands, and where they overlap.")
        {
            File,
            AsJson,
        };
        command.SetAction(
            async (parsed, _) =>
            {
                var to = parsed.InvocationConfiguration;
                var read = await RoutesRead.OfAsync(parsed.GetRequiredValue(File));
                if (!read.HasTable)
                {
                    await WriteProblemsAsync(read, to.Error);
                    return 1;
                }
                if (parsed.GetValue(AsJson))
                    await to.Output.WriteLineAsync(RoutesReport.Table(read));
                else
                    await WriteTableAsync(read, to.Output);
                return 0;
            }
        );
        return command;
    }

    /// <summary>Reads a file as serving would; null when it cannot be used, and then every problem has been written.</summary>
    internal static async Task<CheckedRoutes?> ReadAsync(string path, TextWriter error)
    {
        var read = await RoutesRead.OfAsync(path);
        if (read.Problems.Count == 0)
            return read.Routes;
        await WriteProblemsAsync(read, error);
        return null;
    }

    /// <summary>The settings of serving, from the same places.</summary>
    /// <exception cref="SettingsException">The folder of secrets is not there.</exception>
    internal static IConfiguration ReadConfiguration(params string[] args)
    {
        var configuration = WebApplication
            .CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory })
            .Configuration;
        SecretFiles.Add(configuration);
        return configuration;
    }

    /// <summary>What of the settings matters to routes.</summary>
    internal static RouteContext ContextOf(KeyFormat format, ChangeOptions changes) =>
        new([.. format.Environments.Select(e => e.Name)], changes.DefaultMaxStaleness);

    private static async Task WriteCheckAsync(RoutesRead read, InvocationConfiguration to)
    {
        await WriteProblemsAsync(read, to.Error);
        if (read.Problems.Count > 0)
            return;
        foreach (var warning in read.Warnings)
            await to.Output.WriteLineAsync($"{read.At(warning)}: warning: {warning}");
        var routes = read.Routes!;
        await to.Output.WriteLineAsync(
            $"OK: {routes.Routes.Count} routes, {routes.StatedClusters} clusters, {read.Warnings.Count} warnings"
        );
    }

    private static async Task WriteTableAsync(RoutesRead read, TextWriter output)
    {
        RouteTable.Write(read.Routes!, output);
        foreach (var warning in read.TableWarnings)
            await output.WriteLineAsync($"warning: {warning}");
        if (read.Problems.Count > 0)
            await output.WriteLineAsync($"This file is not taken: {read.Problems.Count} of the warnings are problems.");
    }

    // As compilers write them, so that editors find the place.
    private static async Task WriteProblemsAsync(RoutesRead read, TextWriter error)
    {
        foreach (var problem in read.Problems)
            await error.WriteLineAsync($"{read.At(problem)}: {problem}");
        if (read.Problems.Count > 0)
            await error.WriteLineAsync($"{read.Path}: {read.Problems.Count} problems");
    }
}
