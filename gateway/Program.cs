using Gateway;
using Gateway.Keys;

if (Commands.TryRun(args) is { } command)
    return await command;
try
{
    await using var app = GatewayApp.Build(args);
    HostTuning.Apply(app.Services.GetRequiredService<GatewayOptions>());
    await app.RunAsync();
    return 0;
}
catch (SettingsException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
