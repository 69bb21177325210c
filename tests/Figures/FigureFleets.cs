using System.Globalization;

namespace Gateway.Tests;

/// <summary>How long a gateway that is cut off may go on.</summary>
/// <param name="Lease">Its lease.</param>
/// <param name="Staleness">The longest staleness of its routes.</param>
internal sealed record FleetBounds(TimeSpan Lease, TimeSpan Staleness)
{
    /// <summary>As it is unless anybody says otherwise.</summary>
    public static FleetBounds Defaults { get; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));

    /// <summary>So short that it can be waited for again and again.</summary>
    public static FleetBounds Short { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));

    /// <summary>The settings that say so.</summary>
    public (string Name, string Value)[] Settings =>
        this == Defaults
            ? []
            :
            [
                ("Changes:LeaseSeconds", Lease.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
                ("Changes:DefaultMaxStaleness", Staleness.ToString("c", CultureInfo.InvariantCulture)),
            ];
}

/// <summary>Fleets on Postgres for the measurements. In full each has one to itself, as it is by default; in small all
/// share one with short bounds, because starting one takes longer than measuring.</summary>
public sealed class FigureFleets : IAsyncDisposable
{
    private FigureFleet? _shared;

    /// <summary>A fleet for one measurement.</summary>
    /// <param name="bounds">In full; the defaults when null.</param>
    internal async Task<Loan> LendAsync(FleetBounds? bounds = null)
    {
        if (FigureSize.Current.IsFull)
            return new Loan(await StartAsync(bounds ?? FleetBounds.Defaults), Ends: true);
        return new Loan(_shared ??= await StartAsync(FleetBounds.Short), Ends: false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_shared is not null)
            await _shared.DisposeAsync();
    }

    private static Task<FigureFleet> StartAsync(FleetBounds bounds) =>
        FigureFleet.StartAsync(settings: bounds.Settings);

    /// <summary>A fleet that ends with its measurement, or that is given back.</summary>
    internal sealed record Loan(FigureFleet Fleet, bool Ends) : IAsyncDisposable
    {
        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Ends ? Fleet.DisposeAsync() : ValueTask.CompletedTask;
    }
}
