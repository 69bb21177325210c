using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>The longest <c>MaxStaleness</c> is in the fleet's record: receipts of a gateway that is cut off are computed
/// from it.</summary>
public class RouteStalenessTests
{
    [Fact]
    public async Task LongestStaleness_IsRecorded_FromTheStartAndAfterAReload()
    {
        await using var store = await TestStore.SqliteAsync();
        await using var gateway = await TestGateway.StartAsync(
            store.Options,
            RoutesText.Of("a * /a Access=key MaxStaleness=1h")
        );
        Assert.Equal(TimeSpan.FromHours(1), await RecordedAsync());

        await File.WriteAllTextAsync(gateway.RoutesFile, RoutesText.Of("a * /b Access=key MaxStaleness=2h"));
        await Eventually.TrueAsync(async () => await RecordedAsync() == TimeSpan.FromHours(2));
        await File.WriteAllTextAsync(gateway.RoutesFile, RoutesText.Of("a * /b Access=key MaxStaleness=2s"));
        await Eventually.TrueAsync(async () => await RecordedAsync() == TimeSpan.FromSeconds(2));

        async Task<TimeSpan> RecordedAsync() =>
            (await store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true))).Single().MaxStaleness;
    }
}
