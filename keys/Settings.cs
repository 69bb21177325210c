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
            return configuration.GetSection(section).Get<T>(o => o.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException e)
        {
            problems.Add($"{section}: {e.Message}{(e.InnerException is { } inner ? " " + inner.Message : "")}");
            return new T();
        }
    }
}

/// <summary>The settings cannot be used; the message lists every problem, a line each.</summary>
public sealed class SettingsException(IReadOnlyCollection<string> problems)
    : Exception("The settings have problems:\n" + string.Join('\n', problems.Select(p => "  - " + p)))
{
    /// <summary>One line for each problem, naming the setting.</summary>
    public IReadOnlyCollection<string> Problems { get; } = problems;
}
