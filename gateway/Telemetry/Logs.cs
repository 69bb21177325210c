using Microsoft.Extensions.Logging.Console;

namespace Gateway.Telemetry;

/// <summary>How both processes write their log; both compile this file, which belongs to neither, hence the
/// namespace.</summary>
public static class Logs
{
    // Lines: a second of refusals, some 5 MB.
    private const int MaxQueue = 10_000;

    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Lines of JSON in production, dated in UTC; elsewhere as the framework writes for people.</summary>
    public static void Configure(WebApplicationBuilder builder)
    {
        // The framework's lines for each request quote its path and query, where people put what they should not.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning);
        // Forwarding that failed has a line of ours. Theirs come with a trace of the stack, many of them for one connection:
        // whoever gives up a thousand requests must not fill the log with it.
        builder.Logging.AddFilter("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.None);
        // A line for each connection there was no room for; they are counted, and there is an alert on that.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error);
        // A line for each page with a form, because it is not to be kept and says so already, and one with a trace of the stack
        // for each cookie that somebody made up. A form that is refused has its own page.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.None);
        // With any level of this one the server starts an activity for every request, which costs more than all checks of a
        // key together, to write it into lines that are turned off above. Traces have their own way to ask for activities.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        var queue = builder.Configuration.GetValue("Logging:Console:MaxQueueLength", MaxQueue);
        // Whoever reads the log may stop reading; requests go on then, and the lines that find no room are counted in it.
        builder.Services.Configure<ConsoleLoggerOptions>(o =>
            (o.QueueFullMode, o.MaxQueueLength) = (ConsoleLoggerQueueFullMode.DropWrite, queue)
        );
        if (builder.Environment.IsProduction())
            builder
                .Logging.ClearProviders()
                .AddJsonConsole(o => (o.UseUtcTimestamp, o.TimestampFormat) = (true, TimestampFormat));
    }
}
