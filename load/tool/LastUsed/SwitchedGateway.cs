using System.CommandLine;
using System.Runtime.InteropServices;

namespace Gateway.Load;

/// <summary>
/// The gateway, except that signals say whether it records uses and when it writes them. Two processes of one program differ
/// by more than recording costs, because each compiles its code by what it happened to see: so the two that are compared must
/// be one.
/// </summary>
internal static class SwitchedGateway
{
    private const string Name = "switched-gateway";

    // Numbers of Linux; .NET has names for the signals of every system only.
    private const PosixSignal User1 = (PosixSignal)10;
    private const PosixSignal User2 = (PosixSignal)12;

    /// <summary>The command that becomes it; settings are those of a gateway, by the environment.</summary>
    public static Command Create()
    {
        var command = new Command(Name, "A gateway that `load last-used` controls.") { Hidden = true };
        command.SetAction((_, _) => RunAsync());
        return command;
    }

    /// <summary>Starts it, recording, and waits until it serves.</summary>
    public static async Task<ServerProcess> ServeAsync(
        ScaleStand stand,
        ScaleStore store,
        params (string Name, string Value)[] settings
    )
    {
        var gateway = ServerProcess.Start(
            Environment.ProcessPath!,
            [Name],
            store.Store,
            stand.Folder,
            ServerProcess.NewPlace(),
            ServerProcess.NewPlace(),
            [
                ("Gateway:RoutesFile", stand.RoutesFile(1)),
                ("Logging:LogLevel:Default", "Warning"),
                ("LastUsed:FlushSeconds", "3600"),
                .. settings,
            ]
        );
        await gateway.AnswersAsync(
            new Uri(gateway.Url, ScaleStand.Target(0)),
            store.Keys.Secret(store.Keys.Usable().First())
        );
        return gateway;
    }

    /// <summary>Has one that records go on without, or the other way round.</summary>
    public static Task SwitchAsync(ServerProcess gateway) => gateway.SignalAsync("USR1");

    /// <summary>Has it begin to write what it has recorded.</summary>
    public static Task FlushAsync(ServerProcess gateway) => gateway.SignalAsync("USR2");

    private static async Task<int> RunAsync()
    {
        await using var app = GatewayApp.Build([]);
        HostTuning.Apply(app.Services.GetRequiredService<GatewayOptions>());
        var options = app.Services.GetRequiredService<LastUsedOptions>();
        var recorder = app.Services.GetRequiredService<UsageRecorder>();
        using var onSwitch = PosixSignalRegistration.Create(User1, Switch);
        using var onFlush = PosixSignalRegistration.Create(User2, Flush);
        await app.RunAsync();
        return 0;

        void Switch(PosixSignalContext context) => (context.Cancel, options.Record) = (true, !options.Record);
        void Flush(PosixSignalContext context)
        {
            context.Cancel = true;
            _ = Task.Run(() => recorder.FlushAsync());
        }
    }
}
