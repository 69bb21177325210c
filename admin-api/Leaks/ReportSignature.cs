using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Admin;

/// <summary>
/// Who reports leaked keys by signature: GitHub's secret scanning partner protocol.
/// <code>
/// Github-Public-Key-Identifier   which of the configured keys
/// Github-Public-Key-Signature    base64 of the DER signature (ECDSA on P-256, SHA-256) of the body, byte for byte
/// </code>
/// It has no date and no number, so that a report can be sent again by whoever saw it: a second time it changes nothing.
/// </summary>
public static class ReportSignature
{
    /// <summary>Largest report: some thousand keys.</summary>
    public const int MaxBytes = 256 * 1024;

    private const string KeyHeader = "Github-Public-Key-Identifier";
    private const string SignatureHeader = "Github-Public-Key-Signature";

    // A DER signature on P-256 has 72 bytes at most, 96 characters.
    private const int MaxSignatureLength = 128;

    /// <summary>Whether the request says that it is signed.</summary>
    public static bool IsOn(HttpRequest request) =>
        request.Headers.ContainsKey(SignatureHeader) || request.Headers.ContainsKey(KeyHeader);

    /// <summary>Finds who signed. The body has been read then, and can be read once more.</summary>
    /// <exception cref="BadHttpRequestException">The body is larger than <see cref="MaxBytes"/>, or broke off.</exception>
    public static async Task<Outcome<Caller>> AdmitAsync(HttpContext http, AdminServices admin, IPAddress client)
    {
        // Before anything is read, so that nobody unknown makes us read much.
        if (Find(http.Request, admin) is not { } key || Signature(http.Request) is not { } signature)
            return LeakProblems.SignatureRefused();
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBytes;
        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        if (!key.Verifies(body.ToArray(), signature))
            return LeakProblems.SignatureRefused();
        body.Position = 0;
        http.Request.Body = body;
        return new Caller
        {
            Actor = Actor.Reporter(key.Reporter),
            AccountId = "",
            Ip = client,
            RequestId = http.RequestId(),
        };
    }

    private static ReporterKeyOptions? Find(HttpRequest request, AdminServices admin) =>
        request.Headers[KeyHeader] is [{ Length: > 0 } id]
        && admin.Settings.Leaks.ReporterKeys.Find(k => string.Equals(k.Id, id, StringComparison.Ordinal)) is { } key
        && !(key.Until <= admin.Clock.GetUtcNow())
            ? key
            : null;

    private static byte[]? Signature(HttpRequest request)
    {
        if (request.Headers[SignatureHeader] is not [{ Length: > 0 and <= MaxSignatureLength } text])
            return null;
        var bytes = new byte[MaxSignatureLength];
        return Convert.TryFromBase64String(text, bytes, out var written) ? bytes[..written] : null;
    }
}
