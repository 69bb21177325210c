using StackExchange.Redis;

namespace Gateway;

/// <summary>Settings under <c>Redis</c>, the same for gateway and admin API, which compiles this file too.</summary>
public sealed class RedisOptions
{
    // Redis is on the way of no request; a slow one must only not hold up the start or the stop.
    private const int TimeoutMs = 1_000;

    /// <summary>Where Redis is, in StackExchange.Redis' own words (<c>host:port,password=…,ssl=true</c>); empty for
    /// none: everything works without.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>Whether there is a Redis.</summary>
    internal bool IsSet => Configuration.Length > 0;

    /// <summary>What to connect with.</summary>
    public ConfigurationOptions Parse()
    {
        var parsed = ConfigurationOptions.Parse(Configuration);
        (parsed.ConnectTimeout, parsed.SyncTimeout) = (TimeoutMs, TimeoutMs);
        // A Redis that is down is tried again, by the library.
        parsed.AbortOnConnectFail = false;
        return parsed;
    }

    /// <summary>Adds a line when the configuration cannot be read.</summary>
    public void Validate(ICollection<string> problems)
    {
        try
        {
            if (IsSet)
                Parse();
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The message is not passed on: it may quote a password.
            problems.Add("Redis:Configuration cannot be read.");
        }
    }
}
