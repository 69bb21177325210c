using System.Net;

namespace Gateway.Admin;

/// <summary>
/// Who reports leaked keys by signature: GitHub's secret scanning partner protocol.
/// <code>
/// Github-Public-Key-Identifier   which of the configured keys
/// Github-Public-Key-Signature    base64 of the DER signature (ECDSA on P-256, SHA-256) of the body, byte for byte
/// </code>
/// It has no date and no number, so that a report can be sent again by whoever saw it: a second time it changes nothing,
/// not even what its owner has changed since.
/// </summary>
public static class ReportSignature
{
    private const string KeyHeader = "Github-Public-Key-Identifier";
    private const string SignatureHeader = "Github-Public-Key-Signature";

    // A DER signature on P-256 has 72 bytes at most, 96 characters.
    private const int MaxSignatureLength = 128;

    /// <summary>Whether the request says that it is signed.</summary>
    public static bool IsOn(HttpRequest request) =>
        request.Headers.ContainsKey(SignatureHeader) || request.Headers.ContainsKey(KeyHeader);

    /// <summary>Finds who signed; nothing is made of the body before. It is kept with the request
    /// (<see cref="ReportBody"/>).</summary>
    /// <exception cref="BadHttpRequestException">The body is too large, broke off or took too long.</exception>
    public static async Task<Outcome<Caller>> AdmitAsync(HttpContext http, AdminServices admin, IPAddress client)
    {
        // Before anything is read, so that nobody unknown makes us read much.
        if (Find(http.Request, admin) is not { } key || Signature(http.Request) is not { } signature)
            return LeakProblems.SignatureRefused();
        if (!(await ReportBody.ReadAsync(http)).TryGet(out var body, out var problem))
            return problem;
        if (!key.Verifies(body.Bytes.Span, signature))
            return LeakProblems.SignatureRefused();
        http.Features.Set(body);
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
