using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Tests;

/// <summary>An authority of a test's own, and what it has certified, as PEM files in a folder that goes with it.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-certificates-");
    private readonly X509Certificate2 _authority;
    private int _count;

    /// <summary>Makes the authority.</summary>
    public TestCertificates(string name = "Test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        _authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(365));
        Authority = Path.Combine(_folder.FullName, "authority.pem");
        File.WriteAllText(Authority, _authority.ExportCertificatePem());
    }

    /// <summary>PEM of the authority.</summary>
    public string Authority { get; }

    /// <summary>Certifies a server, and a client, of a name.</summary>
    /// <param name="name">The name; also 127.0.0.1.</param>
    /// <param name="days">Until it is out of date.</param>
    /// <returns>PEM of the certificate and of its key.</returns>
    public (string Certificate, string Key) Issue(string name, int days = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var issued = request.Create(
            _authority,
            now.AddHours(-1),
            now.AddDays(days),
            RandomNumberGenerator.GetBytes(8)
        );
        var at = Path.Combine(_folder.FullName, $"{++_count}");
        File.WriteAllText(at + ".pem", issued.ExportCertificatePem());
        File.WriteAllText(at + ".key", key.ExportPkcs8PrivateKeyPem());
        return (at + ".pem", at + ".key");
    }

    /// <summary>How a client connects that believes this authority alone.</summary>
    public SslClientAuthenticationOptions Trusting(string name)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(_authority);
        return new() { TargetHost = name, CertificateChainPolicy = policy };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }
}
