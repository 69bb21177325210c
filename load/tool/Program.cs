using System.CommandLine;
using Gateway.Load;

// What `make bench`, `make compare` and their like run: each command measures one thing and says how.
var root = new RootCommand(
    "Measures the gateway. Each command is started by a script in ops/, which installs what it needs."
)
{
    AbuseCommand.Create(),
    Attacker.Create(),
    BareCommand.Create(),
    BenchCommand.Create(),
    SeedCommand.Create(),
    ScaleCommand.Create(),
    ScrapeCommand.Create(),
    LastUsedCommand.Create(),
    SwitchedGateway.Create(),
    LimitsCommand.Create(),
    StartupCommand.Create(),
    TimingCommand.Create(),
    ConsoleCommand.Create(),
    RollingCommand.Create(),
    CompareCommand.Create(),
};

// However long it takes to stop what was started.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
