namespace Gateway.Keys;

/// <summary>Settings under <c>Changes</c>, the same for gateway and admin API.</summary>
public sealed class ChangeOptions
{
    /// <summary>The longest anything may be told to be kept: a hundred years, for ever in the calendar's bounds.</summary>
    public const int MostKeepDays = 36_500;

    /// <summary>Seconds a gateway may judge on what it has cached without hearing from the store; 1 to 60.</summary>
    public int LeaseSeconds { get; set; } = 5;

    /// <summary>How long an admin call waits for every gateway before it answers with an incomplete receipt.</summary>
    public TimeSpan ReceiptTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary><c>MaxStaleness</c> of a route that states none: how long after its lease a gateway that cannot reach
    /// the store still honours accepts it has cached.</summary>
    public TimeSpan DefaultMaxStaleness { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Days changes, acknowledgements and closed gateway rows are kept.</summary>
    public int KeepDays { get; set; } = 30;

    /// <summary>The lease as a span.</summary>
    public TimeSpan Lease() => TimeSpan.FromSeconds(LeaseSeconds);

    /// <summary>Adds a line for each setting that is out of range.</summary>
    public void Validate(ICollection<string> problems)
    {
        if (LeaseSeconds is < 1 or > 60)
            problems.Add("Changes:LeaseSeconds must be 1 to 60.");
        if (ReceiptTimeout < TimeSpan.Zero || ReceiptTimeout > TimeSpan.FromSeconds(60))
            problems.Add("Changes:ReceiptTimeout must be 00:00:00 to 00:01:00.");
        if (DefaultMaxStaleness < TimeSpan.Zero || DefaultMaxStaleness > TimeSpan.FromHours(24))
            problems.Add("Changes:DefaultMaxStaleness must be 00:00:00 to 1.00:00:00.");
        if (KeepDays is < 1 or > MostKeepDays)
            problems.Add($"Changes:KeepDays must be 1 to {MostKeepDays}.");
    }
}
