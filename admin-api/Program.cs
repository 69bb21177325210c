using Gateway.Admin;

return await AdminCommands.RunAsync(args);
