namespace Gateway.Tests;

/// <summary>
/// How much is measured. The small size runs with all other tests and asserts only what no busy machine can change; the
/// full one, with <c>FIGURES=full</c>, asserts every bar and writes the result down.
/// </summary>
internal sealed record FigureSize
{
    /// <summary>The size this run was asked for.</summary>
    public static FigureSize Current { get; } =
        Environment.GetEnvironmentVariable("FIGURES") == "full" ? Full() : new FigureSize();

    /// <summary>Whether it is the full one.</summary>
    public bool IsFull { get; private init; }

    /// <summary>Valid requests a second at each gateway while something is measured.</summary>
    public int LoadPerGateway { get; private init; } = 20;

    /// <summary>Revokes before those that count: what a process runs is compiled as it runs, and compiled again once it
    /// has run often, which takes a new one some 15 seconds.</summary>
    public int WarmUps { get; private init; } = 3;

    /// <summary>Revokes that are timed.</summary>
    public int Revokes { get; private init; } = 20;

    /// <summary>Milliseconds between two of them, at most.</summary>
    public int RevokePauseMs { get; private init; } = 20;

    /// <summary>Times a gateway is paused.</summary>
    public int Pauses { get; private init; } = 2;

    /// <summary>Keys with open WebSockets, and how many of those each has.</summary>
    public (int Keys, int SocketsEach) Streams { get; private init; } = (10, 20);

    /// <summary>Keys with open WebSockets that are revoked.</summary>
    public int StreamRevokes { get; private init; } = 2;

    /// <summary>Pairs of a quiet window and one with the flood.</summary>
    public int Floods { get; private init; } = 1;

    /// <summary>Floods before those that count.</summary>
    public int WarmFloods { get; private init; } = 1;

    /// <summary>Length of such a window.</summary>
    public TimeSpan FloodWindow { get; private init; } = TimeSpan.FromSeconds(1);

    /// <summary>Made-up keys a minute, over all gateways.</summary>
    public int FloodPerMinute { get; private init; } = 20_000;

    private static FigureSize Full() =>
        new()
        {
            IsFull = true,
            LoadPerGateway = 100,
            WarmUps = 120,
            Revokes = 200,
            RevokePauseMs = 100,
            Pauses = 9,
            Streams = (100, 50),
            StreamRevokes = 10,
            Floods = 12,
            WarmFloods = 3,
            FloodWindow = TimeSpan.FromSeconds(5),
            FloodPerMinute = 50_000,
        };
}
