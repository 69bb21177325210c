namespace Gateway.Admin;

/// <summary>Settings under <c>Admin:Console</c>.</summary>
public sealed class ConsoleOptions
{
    private const int MaxIdleMinutes = 24 * 60;
    private const int MaxSessionHours = 7 * 24;

    /// <summary>
    /// Where people open the console, such as <c>https://keys.example.com</c>; not set: there is no console. Requests for
    /// another host are refused, and with <c>https</c> cookies are for TLS alone. On loopback any port is taken.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>Minutes without a request after which a session ends.</summary>
    public int IdleMinutes { get; set; } = 30;

    /// <summary>Hours after which a session ends, however much it is used.</summary>
    public int SessionHours { get; set; } = 12;

    /// <summary>Sign-in attempts from one address (one /64 of IPv6) in a minute.</summary>
    public int SignInsPerMinute { get; set; } = 10;

    /// <summary>An address of the gateway, such as <c>https://api.example.com/v1/tokens</c>, for the example that is shown
    /// with a new key.</summary>
    public string? ExampleUrl { get; set; }

    /// <summary>Whether there is a console.</summary>
    public bool IsOn => !string.IsNullOrEmpty(Url);

    /// <summary>Whether people reach it over TLS.</summary>
    public bool IsTls => Url?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Adds a line for each setting that cannot be used.</summary>
    public void Validate(ICollection<string> problems)
    {
        if (IsOn && !IsOrigin(Url!))
            problems.Add("Admin:Console:Url must be an origin such as https://keys.example.com, without a path.");
        if (IdleMinutes is < 1 or > MaxIdleMinutes)
            problems.Add($"Admin:Console:IdleMinutes must be 1 to {MaxIdleMinutes}.");
        if (SessionHours is < 1 or > MaxSessionHours)
            problems.Add($"Admin:Console:SessionHours must be 1 to {MaxSessionHours}.");
        if (SignInsPerMinute < 1)
            problems.Add("Admin:Console:SignInsPerMinute must be 1 or more.");
        if (ExampleUrl is not null && !IsWeb(ExampleUrl, out _))
            problems.Add("Admin:Console:ExampleUrl must be an http or https URL.");
    }

    private static bool IsOrigin(string url) =>
        IsWeb(url, out var uri) && uri is { PathAndQuery: "/", Fragment: "", UserInfo: "" };

    private static bool IsWeb(string url, out Uri? uri) =>
        Uri.TryCreate(url, UriKind.Absolute, out uri) && uri.Scheme is "http" or "https";
}
