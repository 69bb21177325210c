namespace Gateway.Tests;

/// <summary>Whatever a field, a place of a path or a parameter of a query is given, the admin API answers what its document
/// says, and never with a failure of its own.</summary>
public sealed class ApiFuzzTests
{
    private const int Spoiled = 10;

    [Fact]
    public async Task EveryField_OfEveryOperation_MayBeAnything()
    {
        await using var admin = await TestAdmin.StartAsync();
        var contract = await ApiContract.GetAsync(admin.Client);
        var all = ApiOperation.All(contract.Document).Select((o, i) => new ApiFuzz(admin, contract, o, i)).ToList();

        await Task.WhenAll(all.Select(fuzz => fuzz.RunAsync(Spoiled * FuzzOptions.Times)));

        var faults = all.SelectMany(fuzz => fuzz.Faults).ToList();
        var (requests, named) = (all.Sum(fuzz => fuzz.Requests), all.Sum(fuzz => fuzz.Named));
        AttackReport.Add("api fuzz", "requests", requests);
        AttackReport.Add("api fuzz", "refused by name", named);
        AttackReport.Add("api fuzz", "crashes", faults.Count);
        SourceTree.AssertNone(faults);
        SourceTree.AssertNone(admin.Log.Lines.Where(l => l.StartsWith("Error ", StringComparison.Ordinal)));
        Assert.True(named > 150, $"{named} of {requests}");
    }
}
