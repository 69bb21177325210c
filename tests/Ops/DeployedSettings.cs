using Gateway.Admin;
using Gateway.Keys;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests;

/// <summary>Reads what a deployment gives a process, as the process would: an unknown or bad setting is a failure.</summary>
internal static class DeployedSettings
{
    /// <summary>Checks them.</summary>
    /// <param name="isGateway">Whether it is a gateway; else the admin API.</param>
    /// <param name="environment">Names and values, secrets included: <c>Store__Provider</c>.</param>
    public static async Task CheckAsync(bool isGateway, IEnumerable<(string Name, string Value)> environment)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                environment.Select(e =>
                    KeyValuePair.Create(e.Name.Replace("__", ":", StringComparison.Ordinal), (string?)e.Value)
                )
            )
            .Build();
        // Known to nobody else, they would be said nowhere.
        Assert.All(
            configuration.GetChildren(),
            section => Assert.True(IsKnown(isGateway, section.Key), $"{section.Key} is nobody's setting")
        );
        CommonSettings settings = isGateway ? GatewaySettings.Read(configuration) : AdminSettings.Read(configuration);
        await settings.Database.DisposeAsync();
    }

    private static bool IsKnown(bool isGateway, string section)
    {
        var type = isGateway ? typeof(GatewaySettings) : typeof(AdminSettings);
        return section is "Store" or "SECRETS_FOLDER" or "Kestrel" || type.GetProperty(section) is not null;
    }
}
