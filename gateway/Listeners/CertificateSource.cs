using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Listeners;

/// <summary>Where a certificate with its private key lies.</summary>
/// <param name="Path">PEM with the certificate first and then its chain, or PKCS #12.</param>
/// <param name="KeyPath">PEM of the private key; null for PKCS #12.</param>
/// <param name="Password">Of the private key; null for none.</param>
public sealed record CertificateSource(string Path, string? KeyPath, string? Password)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="CryptographicException">It cannot be read, or certificate and key do not belong together.</exception>
    /// <exception cref="IOException">A file is not there.</exception>
    public SslStreamCertificateContext Load()
    {
        if (KeyPath is null)
            return LoadPkcs12();
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(Path);
        return SslStreamCertificateContext.Create(LoadPem(KeyPath), chain);
    }

    /// <summary>A value that is another once one of the files has another content. The content is compared, not the files'
    /// time: a Kubernetes Secret is a link to a link to a folder that is swapped.</summary>
    public string Mark() => FileMark.Of(Path) + (KeyPath is null ? "" : FileMark.Of(KeyPath));

    private X509Certificate2 LoadPem(string keyPath)
    {
        try
        {
            return Password is null
                ? X509Certificate2.CreateFromPemFile(Path, keyPath)
                : X509Certificate2.CreateFromEncryptedPemFile(Path, Password, keyPath);
        }
        // So an elliptic key of another certificate is reported; an RSA one is a CryptographicException.
        catch (ArgumentException e)
        {
            throw new CryptographicException($"'{Path}' and '{keyPath}' do not belong together.", e);
        }
    }

    private SslStreamCertificateContext LoadPkcs12()
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(Path, Password);
        var leaf =
            all.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException("It has no private key.");
        return SslStreamCertificateContext.Create(leaf, all);
    }
}

/// <summary>Tells the content of one file from another.</summary>
public static class FileMark
{
    /// <summary>A value for what lies there, one also for nothing.</summary>
    public static string Of(string path)
    {
        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {e.GetType().Name}";
        }
    }
}
