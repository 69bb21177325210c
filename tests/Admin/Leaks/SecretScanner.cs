using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gateway.Tests;

/// <summary>A secret scanner that reports as GitHub does: it signs what it sends.</summary>
internal sealed class SecretScanner(TestAdmin admin, string keyId = SecretScanner.KeyId)
{
    public const string KeyId = "scanner-key-1";

    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Settings of a process that knows it.</summary>
    public static Dictionary<string, string?> Settings(params (string Name, string Value)[] more)
    {
        var settings = ConsoleBrowser.Settings(more);
        settings["Leaks:ReporterKeys:0:Id"] = KeyId;
        settings["Leaks:ReporterKeys:0:PublicKey"] = Key.ExportSubjectPublicKeyInfoPem();
        return settings;
    }

    /// <summary>Its signature of a body.</summary>
    public static string Sign(string body) =>
        Convert.ToBase64String(
            Key.SignData(Encoding.UTF8.GetBytes(body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        );

    /// <summary>The body of a report of one finding.</summary>
    public static string Body(string token, string url = "https://example.com/repo/file", string source = "commit") =>
        JsonSerializer.Serialize(
            new[]
            {
                new
                {
                    source,
                    token,
                    type = "gateway_api_key",
                    url,
                },
            }
        );

    /// <summary>The body of a report of many.</summary>
    public static string Body(IEnumerable<string> tokens, string url = "https://example.com/file") =>
        JsonSerializer.Serialize(
            tokens.Select(token => new
            {
                token,
                type = "gateway_api_key",
                url,
            })
        );

    /// <summary>What was said of each finding.</summary>
    public static IEnumerable<string> Labels(ApiAnswer answer)
    {
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Body.AsArray().Select(f => (string)f!["label"]!);
    }

    /// <summary>Reports one finding.</summary>
    public Task<ApiAnswer> ReportAsync(string token, string url = "https://example.com/repo/file") =>
        SendAsync(Body(token, url));

    /// <summary>Sends a signed body.</summary>
    public Task<ApiAnswer> SendAsync(string body, string? signature = null, params (string, string)[] more) =>
        admin.SendAsync(
            HttpMethod.Post,
            "/v1/leaks",
            body,
            credential: null,
            [("Github-Public-Key-Identifier", keyId), ("Github-Public-Key-Signature", signature ?? Sign(body)), .. more]
        );

    /// <summary>A well-formed key that nobody has, of the same display prefix as another.</summary>
    public static string Like(string secret)
    {
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        Assert.True(TestKeys.Format.TryParse(secret, out var environment));
        var random = RandomNumberGenerator.GetBytes(32);
        for (var i = 0; i < 4; i++)
            random[i] = (byte)Digits.IndexOf(secret[environment!.Prefix.Length + i], StringComparison.Ordinal);
        return Gateway.Keys.KeyFormat.Derive(environment!, random);
    }

    /// <summary>Has the store fail as keys are written that a condition is true of.</summary>
    public static Task RefuseWritesAsync(TestAdmin admin, string condition) =>
        admin.Store.Database.WriteAsync(s =>
            s.ExecuteAsync(
                "create trigger refused before update on api_keys "
                    + $"when {condition} begin select raise(abort, 'refused'); end"
            )
        );

    /// <summary>Ends it.</summary>
    public static Task AllowWritesAsync(TestAdmin admin) =>
        admin.Store.Database.WriteAsync(s => s.ExecuteAsync("drop trigger refused"));
}
