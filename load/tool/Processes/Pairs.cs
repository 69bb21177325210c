namespace Gateway.Load;

/// <summary>
/// Processor time of a gateway for each request, compared in pairs of windows that follow each other, in alternating
/// order: whatever else the machine does meanwhile is then about the same for both.
/// </summary>
internal sealed class Pairs
{
    private readonly List<double> _ratios = [];
    private readonly List<double> _one = [];
    private readonly List<double> _other = [];

    private Pairs() { }

    /// <summary>What the other costs as a multiple of the one: median of the pairs.</summary>
    public double Ratio => new Times(_ratios).Median;

    /// <summary>In one line.</summary>
    public string Summary =>
        $"{ResultSheet.Number(new Times(_one).Median)} µs and {ResultSheet.Number(new Times(_other).Median)} µs; ratios "
        + string.Join(", ", _ratios.Select(r => $"{r:0.00}"));

    /// <summary>Between what the middle half of the ratios lies, and how many there are.</summary>
    public string Spread
    {
        get
        {
            var ratios = new Times(_ratios);
            return $"{ratios.Percentile(25):0.000} to {ratios.Percentile(75):0.000} in {_ratios.Count} pairs";
        }
    }

    /// <summary>Takes them.</summary>
    /// <param name="count">How many pairs.</param>
    /// <param name="one">A window of the one; gives microseconds a request.</param>
    /// <param name="other">A window of the other.</param>
    public static async Task<Pairs> TakeAsync(int count, Func<Task<double>> one, Func<Task<double>> other)
    {
        var pairs = new Pairs();
        for (var i = 0; i < count; i++)
        {
            var (first, second) = i % 2 == 0 ? (one, other) : (other, one);
            var (a, b) = (await first(), await second());
            if (i % 2 != 0)
                (a, b) = (b, a);
            pairs.Add(a, b);
        }
        return pairs;
    }

    /// <summary>Takes them of a server that does one and the other in short turns, in the order of one, other, other, one:
    /// what drifts then weighs on both alike.</summary>
    /// <param name="count">How many pairs.</param>
    /// <param name="slices">Turns of a pair for each of the two; an even number.</param>
    /// <param name="server">The server.</param>
    /// <param name="one">A turn of the one; is told which of the pair it is, from 0.</param>
    /// <param name="other">A turn of the other.</param>
    public static async Task<Pairs> TakeSlicedAsync(
        int count,
        int slices,
        ServerProcess server,
        Func<int, Task<Served>> one,
        Func<int, Task<Served>> other
    )
    {
        var pairs = new Pairs();
        for (var i = 0; i < count; i++)
        {
            var (a, b) = (new Cost(), new Cost());
            for (var slice = 0; slice < slices; slice++)
            {
                var turn = slice;
                if ((slice + i) % 2 == 0)
                    await a.AddAsync(server, () => one(turn));
                await b.AddAsync(server, () => other(turn));
                if ((slice + i) % 2 != 0)
                    await a.AddAsync(server, () => one(turn));
            }
            pairs.Add(a.Microseconds, b.Microseconds);
        }
        return pairs;
    }

    /// <summary>Microseconds of processor time a request costs, over one window.</summary>
    /// <exception cref="InvalidOperationException">Something was refused.</exception>
    public static async Task<double> MicrosecondsAsync(ServerProcess server, Func<Task<Served>> load)
    {
        var cost = new Cost();
        await cost.AddAsync(server, load);
        return cost.Microseconds;
    }

    private void Add(double one, double other)
    {
        _one.Add(one);
        _other.Add(other);
        _ratios.Add(other / one);
    }

    private sealed class Cost
    {
        private TimeSpan _processor;
        private long _served;

        public double Microseconds => _processor.TotalMicroseconds / _served;

        public async Task AddAsync(ServerProcess server, Func<Task<Served>> load)
        {
            var before = server.ProcessorTime;
            var served = await load();
            if (served.Other > 0)
                throw new InvalidOperationException($"{served.Other} of {served.Count + served.Other} were refused.");
            _processor += server.ProcessorTime - before;
            _served += served.Count;
        }
    }
}
