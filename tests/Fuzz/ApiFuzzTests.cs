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
        var fuzz = new ApiFuzz(admin, contract);
        foreach (var operation in ApiOperation.All(contract.Document))
        {
            await fuzz.RunAsync(operation);
            if (operation.Fields.Count > 0)
                await fuzz.SpoilAsync(operation, Spoiled * FuzzOptions.Times);
        }

        AttackReport.Add("api fuzz", "requests", fuzz.Requests);
        AttackReport.Add("api fuzz", "refused by name", fuzz.Named);
        AttackReport.Add("api fuzz", "crashes", fuzz.Faults.Count);
        SourceTree.AssertNone(fuzz.Faults);
        SourceTree.AssertNone(admin.Log.Lines.Where(l => l.StartsWith("Error ", StringComparison.Ordinal)));
        Assert.True(fuzz.Named > 150, $"{fuzz.Named} of {fuzz.Requests}");
    }
}
