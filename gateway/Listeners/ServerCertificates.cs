using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography;
using Gateway.Keys;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Listeners;

/// <summary>
/// The certificates listeners show, by the framework's own settings (<c>Kestrel:Endpoints:*:Certificate</c>,
/// <c>Kestrel:Certificates:Default</c>), read anew when their files change: the next handshake has the new one, and
/// connections of before live on. The framework would stop the listener and end its connections instead. Both processes
/// compile this file, which belongs to neither, hence the namespace.
/// <code>
///   every second   content as loaded ────────────────────→ nothing to do
///                    └─ another, the same twice in a row ─→ load ─ no good, or expired ─→ the last good one stays, and the log says so
///                                                              └─ good ────→ from the next handshake on
/// </code>
/// Twice, because certificate and key are two files. Certificates of a listener's <c>Sni</c> section and those from a
/// store of the system are read once, at the start.
/// </summary>
public sealed partial class ServerCertificates(
    IConfiguration configuration,
    IHostEnvironment environment,
    TimeProvider clock,
    ILogger<ServerCertificates> log
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Grows while the server starts; replaced as a whole.
    private volatile Shown[] _shown = [];

    /// <summary>Looks whether listeners can show what the settings say, which the framework finds out as it starts to listen,
    /// and says with a stack trace.</summary>
    /// <exception cref="SettingsException">They cannot; lists every listener.</exception>
    public static void Require(IConfiguration configuration, IHostEnvironment environment)
    {
        List<string> problems = [];
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            var isHttps = endpoint["Url"]?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) is true;
            if (!isHttps || SourceOf(configuration, endpoint, environment) is not { } source)
                continue;
            try
            {
                _ = source.Load();
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                problems.Add($"{endpoint.Path}: '{source.Path}' cannot be used: {e.Message}");
            }
        }
        if (problems.Count > 0)
            throw new SettingsException(problems);
    }

    /// <summary>Sets up the listeners of the settings. The framework does not watch its settings any more then.</summary>
    /// <param name="kestrel">The server's.</param>
    /// <param name="each">A word on each listener, by its name, before TLS is put on it.</param>
    public void Apply(KestrelServerOptions kestrel, Action<string, ListenOptions>? each = null)
    {
        var section = configuration.GetSection("Kestrel");
        var loader = kestrel.Configure(section, reloadOnChange: false);
        foreach (var endpoint in section.GetSection("Endpoints").GetChildren())
        {
            loader.Endpoint(
                endpoint.Key,
                listener =>
                {
                    if (listener.IsHttps)
                        Follow(endpoint, listener.HttpsOptions);
                    // Without TLS nobody can agree on HTTP/2, and the server speaks HTTP/1.1 where it could speak both. Said
                    // here, so that nothing looks out for HTTP/2 in what is read.
                    else if (listener.ListenOptions.Protocols.HasFlag(HttpProtocols.Http1))
                        listener.ListenOptions.Protocols = HttpProtocols.Http1;
                    each?.Invoke(endpoint.Key, listener.ListenOptions);
                }
            );
        }
    }

    /// <summary>Seconds until each listener's certificate is out of date, negative once it is.</summary>
    public IEnumerable<Measurement<double>> Expiries() =>
        _shown.Select(s => new Measurement<double>(
            (s.Context.TargetCertificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime).TotalSeconds,
            new KeyValuePair<string, object?>("kind", "listener"),
            new KeyValuePair<string, object?>("name", s.Listener)
        ));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Look();
    }

    /// <summary>One look at the files.</summary>
    internal void Look()
    {
        foreach (var shown in _shown)
            Look(shown);
    }

    private void Follow(IConfigurationSection endpoint, HttpsConnectionAdapterOptions https)
    {
        if (SourceOf(configuration, endpoint, environment) is not { } source)
            return;
        var shown = new Shown(endpoint.Key, source);
        _shown = [.. _shown, shown];
        var before = https.OnAuthenticate;
        https.OnAuthenticate = (connection, handshake) =>
        {
            before?.Invoke(connection, handshake);
            handshake.ServerCertificate = null;
            handshake.ServerCertificateContext = shown.Context;
        };
    }

    private void Look(Shown shown)
    {
        var mark = shown.Source.Mark();
        if (mark == shown.Judged)
            return;
        if (mark != shown.Seen)
        {
            shown.Seen = mark;
            return;
        }
        shown.Judged = mark;
        try
        {
            shown.Context = Good(shown.Source.Load());
            LogTaken(shown.Listener, shown.Context.TargetCertificate.NotAfter);
        }
        catch (Exception e) // Whatever it is, it must not end a process that has a good certificate.
        {
            LogRefused(shown.Listener, e.Message);
        }
    }

    // One that is out of date is no better than the one that is shown, and most likely worse: an old copy was put back. At
    // the start there is no other, and some clients do not look.
    private SslStreamCertificateContext Good(SslStreamCertificateContext loaded) =>
        loaded.TargetCertificate.NotAfter.ToUniversalTime() is var end && end > clock.GetUtcNow().UtcDateTime
            ? loaded
            : throw new CryptographicException($"It expired at {end:u}.");

    // As the framework reads them; null for those that are not followed.
    private static CertificateSource? SourceOf(
        IConfiguration configuration,
        IConfigurationSection endpoint,
        IHostEnvironment environment
    )
    {
        var stated = endpoint.GetSection("Certificate");
        if (!stated.Exists())
            stated = configuration.GetSection("Kestrel:Certificates:Default");
        if (endpoint.GetSection("Sni").Exists() || stated["Path"] is not { Length: > 0 } path)
            return null;
        var keyPath = stated["KeyPath"] is { Length: > 0 } key ? Full(key) : null;
        return new(Full(path), keyPath, stated["Password"]);

        string Full(string file) => Path.Combine(environment.ContentRootPath, file);
    }

    [LoggerMessage(1, LogLevel.Information, "Listener {Listener} shows a new certificate, valid until {NotAfter}")]
    private partial void LogTaken(string listener, DateTime notAfter);

    [LoggerMessage(
        2,
        LogLevel.Error,
        "The new certificate of listener {Listener} cannot be used; the last one stays: {Problem}"
    )]
    private partial void LogRefused(string listener, string problem);

    private sealed class Shown(string listener, CertificateSource source)
    {
        // Before it is loaded: what is replaced meanwhile is then found by the first look.
        private string _judged = source.Mark();
        private volatile SslStreamCertificateContext _context = source.Load();

        public string Listener => listener;
        public CertificateSource Source => source;
        public string? Seen { get; set; }

        public string Judged
        {
            get => _judged;
            set => _judged = value;
        }

        public SslStreamCertificateContext Context
        {
            get => _context;
            set => _context = value;
        }
    }
}
