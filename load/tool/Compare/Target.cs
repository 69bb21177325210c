namespace Gateway.Load;

/// <summary>One proxy that is measured.</summary>
/// <param name="Name">In the result.</param>
/// <param name="Program">What is started.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Port">Where it listens on loopback.</param>
/// <param name="Environment">What it gets besides our own environment.</param>
internal sealed record Target(
    string Name,
    string Program,
    IReadOnlyList<string> Arguments,
    int Port,
    IReadOnlyDictionary<string, string>? Environment = null
);

/// <summary>What one drive of one target gave.</summary>
/// <param name="Micros">Processor time per request, user and system, microseconds.</param>
/// <param name="SystemShare">The part of it that the kernel took.</param>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
internal sealed record Sample(double Micros, double SystemShare, double PerSecond, double P50, double P99);
