using Gateway.Keys.Storage;
using Microsoft.Extensions.Configuration;

namespace Gateway.Keys;

/// <summary>
/// The settings that gateway and admin API read alike, and what is made of these alone: the store, what keys look like
/// and may do, how changes reach every gateway. Each process adds its own.
/// </summary>
public abstract class CommonSettings
{
    /// <summary>Reads them. Where there are problems some properties stay null: the caller throws then.</summary>
    /// <param name="configuration">The root.</param>
    /// <param name="problems">Gets one line for each problem.</param>
    protected CommonSettings(IConfiguration configuration, List<string> problems)
    {
        var store = Settings.Bind<StoreOptions>(configuration, "Store", problems);
        var roles = Settings.Bind<Dictionary<string, string[]>>(configuration, "Roles", problems);
        Keys = Settings.Bind<KeyOptions>(configuration, "Keys", problems);
        Changes = Settings.Bind<ChangeOptions>(configuration, "Changes", problems);
        Changes.Validate(problems);
        Database = Make(() => Database.Create(store), problems)!;
        KeyFormat = Make(() => new KeyFormat(Keys), problems)!;
        KeyHasher = Make(() => new KeyHasher(Keys), problems)!;
        Roles = Make(() => new Roles(roles, Keys), problems)!;
    }

    /// <summary>The store; whoever reads the settings closes it.</summary>
    public Database Database { get; }

    /// <summary>Section <c>Keys</c>.</summary>
    public KeyOptions Keys { get; }

    /// <summary>How keys look.</summary>
    public KeyFormat KeyFormat { get; }

    /// <summary>How keys are stored.</summary>
    public KeyHasher KeyHasher { get; }

    /// <summary>What roles grant.</summary>
    public Roles Roles { get; }

    /// <summary>Section <c>Changes</c>.</summary>
    public ChangeOptions Changes { get; }

    private static T? Make<T>(Func<T> make, List<string> problems)
        where T : class
    {
        try
        {
            return make();
        }
        catch (SettingsException e)
        {
            problems.AddRange(e.Problems);
            return null;
        }
    }
}
