namespace Gateway.Tests;

/// <summary>Real processes to measure: a fleet without relays and without Redis, an account at its admin API, and keys
/// whose traffic is the load.</summary>
internal sealed class FigureFleet : IAsyncDisposable
{
    // Enough that no two callers meet at one record, few enough to be warm at once.
    private const int LoadKeys = 20;
    private const int CallersPerGateway = 4;

    private FigureFleet(Fleet fleet, FigureDesk desk) => (Fleet, Desk) = (fleet, desk);

    /// <summary>The processes.</summary>
    public Fleet Fleet { get; }

    /// <summary>Makes and revokes keys.</summary>
    public FigureDesk Desk { get; }

    /// <summary>Where its gateways listen.</summary>
    public IEnumerable<Uri> Gateways => Fleet.Gateways.Select(g => g.Url);

    /// <summary>Starts one.</summary>
    /// <param name="provider">Of the store.</param>
    /// <param name="gateways">How many gateways.</param>
    /// <param name="settings">Settings of all processes, <c>Section:Name</c>.</param>
    public static async Task<FigureFleet> StartAsync(
        string provider = "postgres",
        int gateways = 3,
        params (string Name, string Value)[] settings
    )
    {
        var shared = settings.ToDictionary(s => s.Name, s => (string?)s.Value);
        shared["Keys:MaxActivePerAccount"] = "100000";
        var fleet = await Fleet.StartAsync(
            new FleetPlan
            {
                Provider = provider,
                Gateways = gateways,
                Relays = false,
                Redis = false,
                Shared = shared,
                // All floods come from here, and stand for those from everywhere.
                Gateway = new() { ["Limits:RefusalsPerAddress"] = "0" },
            }
        );
        return new FigureFleet(fleet, await FigureDesk.OpenAsync(fleet));
    }

    /// <summary>Starts valid traffic at every gateway; fails when a key of it is refused at first.</summary>
    public async Task<SteadyLoad> LoadAsync(FigureSize size)
    {
        var keys = await Desk.MakeAsync(LoadKeys);
        await WarmAsync(keys);
        return await SteadyLoad.StartAsync(
            Gateways,
            size.LoadPerGateway,
            CallersPerGateway,
            number => keys[number % keys.Count].Request
        );
    }

    /// <summary>A connection to each gateway.</summary>
    public async Task<Wire[]> ConnectAsync() => await Task.WhenAll(Gateways.Select(Wire.ConnectAsync));

    /// <summary>Has every gateway hold these keys in memory.</summary>
    public async Task WarmAsync(IEnumerable<MadeKey> keys)
    {
        var wires = await ConnectAsync();
        foreach (var key in keys)
            Assert.All(await AskAsync(wires, key), said => Assert.Equal("200", said));
        Array.ForEach(wires, w => w.Dispose());
    }

    /// <summary>What each gateway says to a request with this key, asked at the same time.</summary>
    public static Task<string[]> AskAsync(IEnumerable<Wire> wires, MadeKey key) =>
        Task.WhenAll(wires.Select(async w => (await w.AskAsync(key.Request)).Said));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Desk.Dispose();
        await Fleet.DisposeAsync();
    }
}
