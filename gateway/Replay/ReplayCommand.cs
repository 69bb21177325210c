using System.CommandLine;
using Gateway.Keys;

namespace Gateway;

/// <summary><c>gateway replay LOG</c>: which requests of an access log the guard or the routes would refuse, and why, by
/// the code that serves. Exit code 0: none; 2: some; 1: that could not be found out.</summary>
public static class ReplayCommand
{
    private const string NotSaid = """

        What an access log does not say is not judged: headers (two of Authorization or Host, Transfer-Encoding, keys in
        cookies, what a route asks of headers), bodies, and keys. So a request that reaches a route that needs a key may
        still be refused: `gateway explain` judges one with its key.
        """;

    private static readonly Argument<string> Log = new("log")
    {
        Description = "Common or combined format or JSON lines, gzip or not; '-' for standard input.",
    };

    private static readonly Option<string?> Config = new("--config")
    {
        Description = "The routes file; Gateway:RoutesFile unless stated.",
    };

    private static readonly Option<int> Examples = new("--examples")
    {
        Description = "Examples printed of each kind, without values of the query and without keys.",
        DefaultValueFactory = _ => 3,
    };

    private static readonly Option<bool> Answered = new("--answered")
    {
        Description = "Only requests that were answered below 400 then: what would break.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("replay", "Tell which requests of an access log would be refused, and why.")
        {
            Log,
            Config,
            Examples,
            Answered,
        };
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            var settings = GatewaySettings.Read(RouteCommands.ReadConfiguration());
            await using var database = settings.Database;
            var file = parsed.GetValue(Config) ?? settings.Gateway.RoutesFile;
            if (await RouteCommands.ReadAsync(file, error) is not { } routes)
                return 1;
            var context = RouteCommands.ContextOf(settings.KeyFormat, settings.Changes);
            await using var replayer = new Replayer(routes, context, new RequestGuard(settings.KeyFormat));
            var summary = new ReplaySummary(settings.KeyFormat, Math.Max(0, parsed.GetValue(Examples)));
            await ReplayAsync(parsed, replayer, summary);
            return Conclude(summary, output, error);
        }
        catch (Exception e)
            when (e is SettingsException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task ReplayAsync(ParseResult parsed, Replayer replayer, ReplaySummary summary)
    {
        var onlyAnswered = parsed.GetValue(Answered);
        await using var log = LogLines.Open(parsed.GetRequiredValue(Log));
        await foreach (var line in LogLines.ReadAsync(log))
        {
            var request = LoggedRequest.Read(line);
            if (onlyAnswered && request.Status is null or >= 400)
            {
                summary.Skip();
                continue;
            }
            var isJudged = request.Kind is LogLineKind.Request or LogLineKind.NotHttp;
            summary.Add(request, isJudged ? await replayer.JudgeAsync(request) : null);
        }
    }

    private static int Conclude(ReplaySummary summary, TextWriter output, TextWriter error)
    {
        if (summary.Lines > 0 && summary.Requests == 0)
        {
            error.WriteLine($"There is no request in {summary.Lines} lines; is it an access log?");
            return 1;
        }
        summary.Write(output);
        output.WriteLine(NotSaid);
        return summary.Refused > 0 ? 2 : 0;
    }
}
