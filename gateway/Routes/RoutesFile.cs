using System.Diagnostics.Metrics;
using Gateway.Keys;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway;

/// <summary>
/// The routes file (<c>Gateway:RoutesFile</c>) and the version of it that is in force.
///
/// <code>
///   every half second   read, hash ─ as judged last ─→ nothing to do
///                            └─ another, the same twice in a row ─→ check the whole ─ bad ─→ the last good stays
///                                                                        └─ good ─→ replace
/// </code>
///
/// The content is compared, not the file's time or a notice of the file system: a Kubernetes ConfigMap is a link to a link
/// to a folder that is swapped, and neither the file's time nor the folder that would be watched changes with it. Two
/// equal looks in a row keep a file that is still being written from being read by half. Certificates that the file names
/// (<see cref="ClusterTls"/>) are part of a version: a new one is a new version, and a bad one when it has expired and the
/// one in force has not.
/// </summary>
public sealed partial class RoutesFile(string path, RoutesChecker checker, TimeProvider clock, ILogger<RoutesFile> log)
    : BackgroundService,
        IProxyConfigProvider,
        IConfigChangeListener
{
    // Twice this is how long a change takes; a file of 1,000 routes is read and hashed in about a millisecond.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private volatile RoutesSnapshot? _current;
    private volatile RoutesSnapshot? _served;
    private IReadOnlyList<string> _files = [];
    private string? _judged;
    private string? _seen;
    private DateTime _judgeAgain = DateTime.MaxValue;
    private long _reloads;
    private long _reloadFailures;
    private long _maxStalenessTicks;

    /// <summary>Versions that replaced another, since the start.</summary>
    public long Reloads => Interlocked.Read(ref _reloads);

    /// <summary>Versions that did not, because they are bad.</summary>
    public long ReloadFailures => Interlocked.Read(ref _reloadFailures);

    /// <summary>Why the file as it lies there is not in force, a line for each problem; null when it is.</summary>
    public string? LastError { get; private set; }

    /// <summary>The longest <c>MaxStaleness</c> a request can be judged by: what the next renewal records, before which
    /// nothing longer is honoured (<see cref="Lease.Honours"/>). It grows before a version with a longer one replaces
    /// another, and shrinks when YARP no longer serves the one with the longer.</summary>
    public TimeSpan MaxStalenessInForce => TimeSpan.FromTicks(Interlocked.Read(ref _maxStalenessTicks));

    /// <summary>The version in force.</summary>
    public CheckedRoutes Current => (_current ?? throw new InvalidOperationException("Load comes first.")).Checked;

    /// <summary>The version YARP serves: for the moment of a reload the one before, and also when it does not take the
    /// new one.</summary>
    public CheckedRoutes Served => (_served ?? throw new InvalidOperationException("Load comes first.")).Checked;

    /// <summary>Adds the routes file and YARP, which serves from it.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="path">The file.</param>
    /// <param name="context">What the settings say.</param>
    public static void Add(IServiceCollection services, string path, RouteContext context)
    {
        AddChecker(services, context);
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<RoutesFile>(s, Path.GetFullPath(path)));
        services.AddSingleton<IProxyConfigProvider>(s => s.GetRequiredService<RoutesFile>());
        services.AddSingleton<IConfigChangeListener>(s => s.GetRequiredService<RoutesFile>());
        services.AddHostedService(s => s.GetRequiredService<RoutesFile>());
    }

    /// <summary>Adds what is needed to check a file: the same for serving and for <c>gateway check</c>.</summary>
    public static IReverseProxyBuilder AddChecker(IServiceCollection services, RouteContext context)
    {
        services.AddRouting().AddRequestTimeouts();
        services.AddSingleton(s => new RoutesChecker(
            context,
            s.GetRequiredService<IConfigValidator>(),
            s.GetRequiredService<ParameterPolicyFactory>()
        ));
        services.AddSingleton<IForwarderHttpClientFactory, UpstreamClientFactory>();
        services.TryAddSingleton<Upstream>();
        return services.AddReverseProxy().AddTransforms<ForwardedTarget>();
    }

    /// <summary>Reads a file that nobody serves yet.</summary>
    /// <returns>What could be read of it, also with problems; null when nothing could.</returns>
    internal static async Task<(CheckedRoutes? Routes, IReadOnlyList<string> Problems)> ReadAsync(
        string path,
        RoutesChecker checker
    ) => await JudgeAsync(RoutesLook.At(path, []), checker);

    /// <summary>Reads the file for the first time; call it before <c>MapReverseProxy</c>.</summary>
    /// <exception cref="SettingsException">The file cannot be used; lists every problem.</exception>
    public void Load()
    {
        var look = RoutesLook.At(path, []);
        // YARP's validators answer at once.
        var (routes, problems) = JudgeAsync(look, checker).GetAwaiter().GetResult();
        if (problems.Count > 0)
            throw new SettingsException([.. problems.Select(p => $"Gateway:RoutesFile {path}: {p}")]);
        Note(look, routes!);
        _served = _current = new RoutesSnapshot(routes!);
        Interlocked.Exchange(ref _maxStalenessTicks, routes!.MaxStaleness.Ticks);
        LogInForce(routes.Routes.Count, routes.StatedClusters, routes.Warnings);
    }

    /// <inheritdoc/>
    public IProxyConfig GetConfig()
    {
        if (_current is null)
            Load();
        return _current!;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await LookAsync();
    }

    /// <summary>Seconds until each client certificate is out of date, by cluster.</summary>
    internal IEnumerable<Measurement<double>> CertificateExpiries() =>
        Current.Certificates.Select(c => new Measurement<double>(
            (c.NotAfter - clock.GetUtcNow().UtcDateTime).TotalSeconds,
            new KeyValuePair<string, object?>("kind", "cluster"),
            new KeyValuePair<string, object?>("name", c.Cluster)
        ));

    /// <summary>One look at the file.</summary>
    internal async Task LookAsync()
    {
        var look = RoutesLook.At(path, _files);
        if (look.Mark == _judged && clock.GetUtcNow().UtcDateTime < _judgeAgain)
            return;
        if (look.Mark != _seen)
        {
            _seen = look.Mark;
            return;
        }
        _judgeAgain = DateTime.MaxValue;
        var (routes, problems) = await JudgeAsync(look, checker);
        if (problems.Count == 0)
            problems = ExpiredSince(routes!);
        if (problems.Count > 0)
            Refuse(problems);
        else
            Replace(routes!);
        Note(look, routes);
    }

    // A client certificate that is out of date is no better than one in force that is not, and most likely an old copy that was
    // put back. One that is in force until it expires hinders nothing: then both are out of date, and the file is taken.
    private List<string> ExpiredSince(CheckedRoutes routes)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var hindered = (
            from certificate in routes.Certificates
            where certificate.NotAfter <= now
            from good in Current.Certificates
            where good.Cluster == certificate.Cluster && good.NotAfter > now
            select (certificate.Cluster, certificate.NotAfter, Until: good.NotAfter)
        ).ToList();
        _judgeAgain = hindered.Select(h => h.Until).DefaultIfEmpty(DateTime.MaxValue).Min();
        return
        [
            .. from certificate in hindered
            select $"Clusters:{certificate.Cluster}:Metadata: the client certificate expired at {certificate.NotAfter:u}; "
                + "the one in force has not",
        ];
    }

    // The certificates as they were when they were judged: what was replaced meanwhile is found by the next look.
    private void Note(RoutesLook look, CheckedRoutes? judged)
    {
        if (judged is not null)
            _files = [.. judged.Files.Keys];
        _judged = judged is null ? look.Mark : RoutesLook.MarkOf(look.ContentMark, judged.Files);
        _seen = _judged;
    }

    private static async Task<(CheckedRoutes? Routes, IReadOnlyList<string> Problems)> JudgeAsync(
        RoutesLook look,
        RoutesChecker checker
    )
    {
        if (look.Content is not { } content)
            return (null, [look.ContentMark]);
        try
        {
            var routes = await checker.CheckAsync(content);
            return (routes, routes.Problems);
        }
        catch (Exception e) // Whatever it is, it must not end a process that serves by the version before.
        {
            return (null, [$"cannot be checked: {e.GetType().Name}: {e.Message}"]);
        }
    }

    private void Replace(CheckedRoutes routes)
    {
        var before = _current;
        // Until YARP has taken the new version, requests are judged by the one before.
        var longest = Math.Max(_maxStalenessTicks, routes.MaxStaleness.Ticks);
        Interlocked.Exchange(ref _maxStalenessTicks, longest);
        LastError = null;
        _current = new RoutesSnapshot(routes, before);
        Interlocked.Increment(ref _reloads);
        LogInForce(routes.Routes.Count, routes.StatedClusters, routes.Warnings);
        before?.Replaced();
    }

    private void Refuse(IReadOnlyList<string> problems)
    {
        LastError = string.Join('\n', problems);
        Interlocked.Increment(ref _reloadFailures);
        LogRefused(path, problems.Count, LastError);
    }

    void IConfigChangeListener.ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        if (proxyConfigs.OfType<RoutesSnapshot>().LastOrDefault() is not { } applied)
            return;
        _served = applied;
        if (applied == _current)
            Interlocked.Exchange(ref _maxStalenessTicks, applied.Checked.MaxStaleness.Ticks);
    }

    void IConfigChangeListener.ConfigurationApplyingFailed(
        IReadOnlyList<IProxyConfig> proxyConfigs,
        Exception exception
    ) => Refuse([$"it could not be put in force: {exception.Message}"]);

    void IConfigChangeListener.ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) =>
        Refuse([$"it could not be put in force: {exception.Message}"]);

    void IConfigChangeListener.ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs) { }

    private void LogInForce(int routes, int clusters, IReadOnlyList<string> warnings)
    {
        LogServing(path, routes, clusters);
        foreach (var warning in warnings)
            LogWarning(warning);
    }

    [LoggerMessage(1, LogLevel.Information, "Routes file {Path} is in force: {Routes} routes, {Clusters} clusters")]
    private partial void LogServing(string path, int routes, int clusters);

    [LoggerMessage(2, LogLevel.Warning, "Routes file: {Warning}")]
    private partial void LogWarning(string warning);

    [LoggerMessage(3, LogLevel.Error, "Routes file {Path} has {Count} problems; the last good one stays:\n{Problems}")]
    private partial void LogRefused(string path, int count, string problems);
}
