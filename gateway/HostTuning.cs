namespace Gateway;

/// <summary>
/// How the host carries requests. What each setting gives is measured by <c>make compare ABLATION=1</c>. What only the
/// runtime can be told is in <c>runtimeconfig.template.json</c>: its threads sleep when there is nothing to do rather than
/// spin first, which on few processors takes time from those that have work; and there are a few of them from the start,
/// because SQLite blocks the one that asks it.
/// </summary>
public static class HostTuning
{
    // Read once by the runtime, as the first socket is made.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Tells the runtime, unless the environment does. Call it before the process has opened a socket.</summary>
    public static void Apply(GatewayOptions options)
    {
        if (options.InlineScheduling && Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }

    /// <summary>Tells the server.</summary>
    public static void Apply(IWebHostBuilder host, GatewayOptions options) =>
        host.UseSockets(sockets =>
        {
            sockets.UnsafePreferInlineScheduling = options.InlineScheduling;
            sockets.WaitForDataBeforeAllocatingBuffer = !options.ReadWithoutWaiting;
        });
}
