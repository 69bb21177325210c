using System.CommandLine;

namespace Gateway.Load;

/// <summary>What commands that start the product are told.</summary>
/// <param name="Gateway">The gateway's executable.</param>
/// <param name="Admin">The admin API's executable.</param>
/// <param name="Postgres">Connection string of a server on which databases may be made.</param>
/// <param name="Results">Folder of the result.</param>
internal sealed record StandOptions(string Gateway, string Admin, string Postgres, string Results)
{
    private static readonly Option<string> GatewayOption = Required("--gateway", "The gateway's executable.");
    private static readonly Option<string> AdminOption = Required("--admin", "The admin API's executable.");
    private static readonly Option<string> PostgresOption = Required("--postgres", "A server to make databases on.");
    private static readonly Option<string> ResultsOption = Required("--results", "Folder of the result.");

    /// <summary>A command that is told these.</summary>
    public static Command Command(string name, string what, Func<StandOptions, ParseResult, Task<int>> run)
    {
        var command = new Command(name, what) { GatewayOption, AdminOption, PostgresOption, ResultsOption };
        command.SetAction((result, _) => run(Read(result), result));
        return command;
    }

    private static StandOptions Read(ParseResult result) =>
        new(
            Path.GetFullPath(result.GetRequiredValue(GatewayOption)),
            Path.GetFullPath(result.GetRequiredValue(AdminOption)),
            result.GetRequiredValue(PostgresOption),
            Path.GetFullPath(result.GetRequiredValue(ResultsOption))
        );

    private static Option<string> Required(string name, string what) =>
        new(name) { Description = what, Required = true };
}
