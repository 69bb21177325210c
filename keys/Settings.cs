using Microsoft.Extensions.Configuration;

namespace Gateway.Keys;

/// <summary>Settings are bound once, at start; an unknown one under our own sections stops the process.</summary>
public static class Settings
{
    /// <summary>Binds a section, refusing settings that <typeparamref name="T"/> does not have.</summary>
    /// <param name="configuration">The root.</param>
    /// <param name="section">Name of the section, such as <c>Keys</c>.</param>
    /// <param name="problems">Gets one line for each problem; the caller reports all sections' problems in one
    /// message.</param>
    /// <returns>The bound settings; defaults where the section is absent or could not be bound.</returns>
    public static T Bind<T>(IConfiguration configuration, string section, ICollection<string> problems)
        where T : class, new()
    {
        try
        {
            return Bind<T>(configuration, section, refuseUnknown: true);
        }
        catch (InvalidOperationException e)
        {
            problems.Add(Unreadable(e) ?? $"{section}: {Reason(e)}");
        }
        // What is wrong with the rest is to be said too.
        try
        {
            return Bind<T>(configuration, section, refuseUnknown: false);
        }
        catch (InvalidOperationException)
        {
            return new T();
        }
    }

    /// <summary>
    /// Adds a line when the web host is told to believe <c>X-Forwarded-For</c> and <c>-Proto</c> of every peer: it would
    /// rewrite the peer's address before any code of ours reads it, from a header anybody can send.
    /// </summary>
    /// <param name="configuration">The host's, with the environment in it.</param>
    /// <param name="instead">The setting that names whom to believe.</param>
    /// <param name="problems">Gets the line.</param>
    public static void RefuseForwardedHeaders(
        IConfiguration configuration,
        string instead,
        ICollection<string> problems
    )
    {
        // It comes from the environment, or from a setting without the prefix; whatever is not plainly off counts.
        const string Name = "FORWARDEDHEADERS_ENABLED";
        string?[] values = [configuration[Name], configuration["ASPNETCORE_" + Name], configuration["DOTNET_" + Name]];
        if (values.Any(v => v is not (null or "" or "0") && !v.Equals("false", StringComparison.OrdinalIgnoreCase)))
            problems.Add($"ASPNETCORE_{Name} must not be set: use {instead}, which names whom to believe.");
    }

    private static T Bind<T>(IConfiguration configuration, string section, bool refuseUnknown)
        where T : class, new() =>
        configuration.GetSection(section).Get<T>(o => o.ErrorOnUnknownConfiguration = refuseUnknown) ?? new T();

    // "… value 'x' at 'Cache:MaxKeys' to type 'System.Int32'." The value is left out: it may belong to another setting.
    private static string? Unreadable(InvalidOperationException e)
    {
        if (
            e.Message.Split('\'') is not [.., var name, _, var type, _]
            || !type.StartsWith("System.", StringComparison.Ordinal)
        )
            return null;
        return type switch
        {
            "System.Boolean" => $"{name} must be true or false.",
            "System.TimeSpan" => $"{name} must be a time such as 00:00:30 (hours, minutes, seconds).",
            "System.Int32" or "System.Int64" => $"{name} must be a whole number.",
            _ => null,
        };
    }

    // The binder's words name its own switch and our class; what matters is the names at their end.
    private static string Reason(InvalidOperationException e)
    {
        var unknown = e.Message.LastIndexOf(": ", StringComparison.Ordinal);
        return e.Message.Contains("ErrorOnUnknownConfiguration", StringComparison.Ordinal) && unknown > 0
            ? $"there is no setting {e.Message[(unknown + 2)..]}."
            : $"{e.Message}{(e.InnerException is { } inner ? " " + inner.Message : "")}";
    }
}

/// <summary>The settings cannot be used; the message lists every problem, a line each.</summary>
public sealed class SettingsException(IReadOnlyCollection<string> problems)
    : Exception("The settings have problems:\n" + string.Join('\n', problems.Select(p => "  - " + p)))
{
    /// <summary>One line for each problem, naming the setting.</summary>
    public IReadOnlyCollection<string> Problems { get; } = problems;
}
