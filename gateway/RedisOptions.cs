using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace Gateway;

/// <summary>Settings under <c>Redis</c>, the same for gateway and admin API, which compiles this file too. One server, with
/// password and TLS where it wants them; cluster and sentinel are not supported.</summary>
public sealed class RedisOptions
{
    // How long a start or a stop may be held up. What a request may wait for is the gateway's to say.
    private const int TimeoutMs = 1_000;

    // A connection that hears nothing for as long is asked whether it still lives: a network may swallow it silently.
    private const int KeepAliveSeconds = 5;

    /// <summary>Where Redis is, in StackExchange.Redis' own words (<c>host:port,password=…,ssl=true</c>); empty for
    /// none: everything works without.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>PEM file with the authorities that may have signed the server's certificate; empty for those the system
    /// trusts. With <c>ssl=true</c>.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>Whether there is a Redis.</summary>
    internal bool IsSet => Configuration.Length > 0;

    /// <summary>What to connect with.</summary>
    public ConfigurationOptions Parse()
    {
        var parsed = ConfigurationOptions.Parse(Configuration);
        (parsed.ConnectTimeout, parsed.SyncTimeout) = (TimeoutMs, TimeoutMs);
        parsed.KeepAlive = KeepAliveSeconds;
        // The library is older than TLS 1.3, and would offer what nobody takes any more.
        parsed.SslProtocols ??= SslProtocols.Tls12 | SslProtocols.Tls13;
        // A Redis that is down is tried again, by the library.
        parsed.AbortOnConnectFail = false;
        if (CaFile.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(CaFile);
            parsed.CertificateValidation += (_, certificate, sent, errors) =>
                IsSignedBy(authorities, certificate, sent, errors);
        }
        return parsed;
    }

    /// <summary>Adds a line when the configuration cannot be read.</summary>
    public void Validate(ICollection<string> problems)
    {
        try
        {
            if (IsSet)
                Parse();
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The message is not passed on: it may quote a password.
            problems.Add("Redis:Configuration cannot be read.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problems.Add($"Redis:CaFile '{CaFile}' cannot be read.");
        }
    }

    // The system has found nobody it trusts, which is what the file is for. A wrong name stays wrong.
    private static bool IsSignedBy(
        X509Certificate2Collection authorities,
        X509Certificate? certificate,
        X509Chain? sent,
        SslPolicyErrors errors
    )
    {
        if (
            certificate is null
            || (errors | SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.RemoteCertificateChainErrors
        )
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        using var presented = new X509Certificate2(certificate);
        return chain.Build(presented);
    }
}
