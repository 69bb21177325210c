using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Listeners;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>
/// How the gateway and the upstreams of a cluster prove to each other who they are, from the cluster's <c>Metadata</c>:
/// <c>ClientCertificate</c> and <c>ClientCertificateKey</c> (PEM) for upstreams that ask for one, and
/// <c>CertificateAuthority</c> (PEM), which is believed in the place of the system's. The upstream's name is verified in
/// any case. The files are watched like the routes file itself.
/// </summary>
/// <param name="Certificate">PEM: the certificate, then its chain; null for none.</param>
/// <param name="Key">PEM of its private key.</param>
/// <param name="Authority">PEM: the only authorities believed; null for the system's.</param>
internal sealed record ClusterTls(string? Certificate, string? Key, string? Authority)
{
    private const string CertificateName = "ClientCertificate";
    private const string KeyName = "ClientCertificateKey";
    private const string AuthorityName = "CertificateAuthority";

    // A file cannot state it: only names with a dot that YARP knows are taken.
    private const string MarkName = "Gateway:Files";

    private static readonly string[] Names = [CertificateName, KeyName, AuthorityName];

    // What YARP itself looks for.
    private static readonly string[] Known =
    [
        "ConsecutiveFailuresHealthPolicy.Threshold",
        "TransportFailureRateHealthPolicy.RateLimit",
    ];

    /// <summary>The files it is read from.</summary>
    public IEnumerable<string> Files => new[] { Certificate, Key, Authority }.OfType<string>();

    /// <summary>Reads it; null for a cluster that states nothing of it.</summary>
    public static ClusterTls? Read(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null || !Names.Any(metadata.ContainsKey))
            return null;
        return new(
            metadata.GetValueOrDefault(CertificateName),
            metadata.GetValueOrDefault(KeyName),
            metadata.GetValueOrDefault(AuthorityName)
        );
    }

    /// <summary>Whether two versions of a cluster state the same, and the files had the same in them.</summary>
    public static bool IsSame(IReadOnlyDictionary<string, string>? a, IReadOnlyDictionary<string, string>? b) =>
        Read(a) == Read(b) && a?.GetValueOrDefault(MarkName) == b?.GetValueOrDefault(MarkName);

    /// <summary>The cluster with a note of what the files had in them, so that YARP makes it anew when that changes.</summary>
    public static ClusterConfig Marked(ClusterConfig cluster, IReadOnlyDictionary<string, string> marks) =>
        Read(cluster.Metadata) is not { } tls
            ? cluster
            : cluster with
            {
                Metadata = new Dictionary<string, string>(cluster.Metadata!, StringComparer.OrdinalIgnoreCase)
                {
                    [MarkName] = string.Concat(tls.Files.Select(f => marks.GetValueOrDefault(f))),
                },
            };

    /// <summary>Adds a line for each problem of a cluster.</summary>
    public static void Check(ClusterConfig cluster, ICollection<string> problems, ICollection<string> warnings)
    {
        var at = $"Clusters:{cluster.ClusterId}:Metadata";
        foreach (var name in (cluster.Metadata?.Keys ?? []).Where(k => !IsKnown(k)))
            problems.Add($"{at}:{name}: unknown; there are {string.Join(", ", Names)}");
        if (Read(cluster.Metadata) is not { } tls)
            return;
        foreach (var file in tls.Files.Where(f => !Path.IsPathFullyQualified(f)))
            problems.Add($"{at}: '{file}' is not a whole path; it would be looked for where the process was started");
        if (tls.Certificate is null != tls.Key is null)
            problems.Add($"{at}: {CertificateName} and {KeyName} are stated together or not at all");
        if (tls.Authority is not null && cluster.HttpClient?.DangerousAcceptAnyServerCertificate is true)
            problems.Add(
                $"{at}:{AuthorityName}: nobody is asked for while any certificate is accepted; state one of the two"
            );
        if (cluster.Destinations?.Values.Any(d => IsPlain(d.Address)) is true)
            warnings.Add($"{at}: never used for destinations that are not https");
        Try(at, CertificateName, () => WarnOfExpired(at, tls, warnings), problems);
        Try(at, AuthorityName, () => _ = tls.LoadAuthority(), problems);
    }

    /// <summary>When the client certificate is out of date; null for none.</summary>
    public DateTime? NotAfter() => LoadCertificate()?.TargetCertificate.NotAfter.ToUniversalTime();

    /// <summary>Sets up the connections of a cluster.</summary>
    public void Apply(SslClientAuthenticationOptions ssl)
    {
        ssl.ClientCertificateContext = LoadCertificate();
        if (LoadAuthority() is not { } authority)
            return;
        ssl.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // Private authorities seldom publish what they have revoked.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        ssl.CertificateChainPolicy.CustomTrustStore.AddRange(authority);
    }

    private SslStreamCertificateContext? LoadCertificate() =>
        Certificate is null || Key is null ? null : new CertificateSource(Certificate, Key, null).Load();

    private X509Certificate2Collection? LoadAuthority()
    {
        if (Authority is null)
            return null;
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(Authority);
        return all.Count > 0 ? all : throw new CryptographicException("there is no certificate in the file");
    }

    // No problem, because a file with one does not serve: the other clusters would stand still with this one. In the place of
    // one that is still good it is a problem: RoutesFile.
    private static void WarnOfExpired(string at, ClusterTls tls, ICollection<string> warnings)
    {
        if (tls.NotAfter() is { } end && end <= TimeProvider.System.GetUtcNow().UtcDateTime)
            warnings.Add($"{at}:{CertificateName}: expired at {end:u}; upstreams that ask for one will hang up");
    }

    private static void Try(string at, string name, Action load, ICollection<string> problems)
    {
        try
        {
            load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{at}:{name}: cannot be used: {e.Message}");
        }
    }

    private static bool IsKnown(string name) => Names.Concat(Known).Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool IsPlain(string address) => !address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
