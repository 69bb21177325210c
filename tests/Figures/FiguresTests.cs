namespace Gateway.Tests;

/// <summary>
/// The figures a change on its way to every gateway is held to, taken from real processes. In small here, where only what
/// no busy machine can change is asserted; <c>make figures</c> takes them in full.
/// </summary>
public sealed class FiguresTests(FigureSheet sheet, FigureFleets fleets)
    : IClassFixture<FigureSheet>,
        IClassFixture<FigureFleets>
{
    private static readonly FigureSize Size = FigureSize.Current;

    [Fact]
    public async Task Revoke_IsInForceEverywhere_WhenItsReceiptIsThere()
    {
        await using var lent = await fleets.LendAsync();
        var section = sheet.Section(1, "Revokes on Postgres, 3 gateways");
        await RevokeTimes.MeasureAsync(lent.Fleet, Size, section, medianBar: 15);
    }

    [Fact]
    public async Task RevokeOnSqlite_IsInForce_WhenItsReceiptIsThere()
    {
        await using var fleet = await FigureFleet.StartAsync("sqlite", gateways: 1);
        var section = sheet.Section(2, "Revokes on SQLite, 1 gateway");
        await RevokeTimes.MeasureAsync(fleet, Size, section, medianBar: null);
    }

    [Fact]
    public async Task PausedGateway_IsNamedInReceipts_AndAcceptsNothingThatWasRevokedMeanwhile()
    {
        var section = sheet.Section(3, "One gateway of 3 paused, Postgres");
        section.How = PausedGateway.How;
        await using (var lent = await fleets.LendAsync(FleetBounds.Short))
            await PausedGateway.MeasureAsync(lent.Fleet, FleetBounds.Short, Size.Pauses, section);
        if (Size.IsFull)
        {
            await using var lent = await fleets.LendAsync();
            await PausedGateway.MeasureAsync(lent.Fleet, FleetBounds.Defaults, rounds: 1, section);
        }
        section.AssertHolds(Size);
    }

    [Fact]
    public async Task StreamsOfARevokedKey_AreClosedAndCounted_TheOthersUndisturbed()
    {
        await using var lent = await fleets.LendAsync();
        await OpenSockets.MeasureAsync(lent.Fleet, Size, sheet.Section(4, "Open WebSockets, Postgres"));
    }

    [Fact]
    public async Task FloodOfUnknownKeys_LeavesValidOnesAlone_AndTheStoreInPeace()
    {
        await using var lent = await fleets.LendAsync();
        await new UnknownKeyFlood(lent.Fleet, Size).MeasureAsync(sheet.Section(5, "A flood of unknown keys, Postgres"));
    }
}
