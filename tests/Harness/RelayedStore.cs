using Gateway.Keys;
using Npgsql;

namespace Gateway.Tests;

/// <summary>A Postgres store as a process sees it through a network that a test can break.</summary>
public static class RelayedStore
{
    /// <summary>Puts a relay in front of a store on Postgres.</summary>
    /// <returns>The relay, and the settings by which the store is reached through it.</returns>
    public static (TcpRelay Relay, StoreOptions Options) Relayed(this TestStore store)
    {
        var settings = new NpgsqlConnectionStringBuilder(store.Options.ConnectionString);
        var relay = new TcpRelay(settings.Host!, settings.Port);
        (settings.Host, settings.Port) = ("127.0.0.1", relay.Port);
        return (relay, new StoreOptions { Provider = "postgres", ConnectionString = settings.ConnectionString });
    }
}
