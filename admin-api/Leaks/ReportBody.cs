using System.Text.Json;
using Gateway.Keys;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Admin;

/// <summary>
/// The body of a report, as it came: its signature is over the bytes. Of one finding that cannot be read the others take no
/// harm, so that nothing is asked of the text but that it is a JSON list.
/// </summary>
/// <param name="Bytes">What was sent; to be used until the request ends.</param>
public sealed record ReportBody(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Largest report: some ten thousand findings with their places. Many keys leak at once when a repository
    /// becomes public, and a report that is refused leaves them all alive.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const int ChunkBytes = 16 * 1024;

    // However deep a field that we ignore.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    // Longer than any line that works takes for the largest; meanwhile it has a share of the room there is for all.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Reads it.</summary>
    /// <returns>A refusal when others have taken the memory there is for it.</returns>
    /// <exception cref="BadHttpRequestException">It is larger than <see cref="MaxBytes"/>, broke off or took too long.</exception>
    public static async Task<Outcome<ReportBody>> ReadAsync(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBytes;
        if (!http.Admin().TryReadClient(http, out var client))
            return Problem.Of(DenyReason.BadRequest);
        var share = http.RequestServices.GetRequiredService<ReportRoom>().NewShare(client);
        http.Response.RegisterForDispose(share);
        using var late = new CancellationTokenSource(Patience, http.Admin().Clock);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(late.Token, http.RequestAborted);
        try
        {
            return await ReadAsync(http.Request.Body, share, ends.Token);
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The report took too long.", StatusCodes.Status408RequestTimeout, e);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            http.RequestServices.GetRequiredService<ILogger<ReportBody>>()
                .LogWarning(
                    "A report of leaked keys is too long and was not looked at; request {RequestId}",
                    http.RequestId()
                );
            throw;
        }
    }

    /// <summary>The findings, in order; null for each that cannot be read.</summary>
    public Outcome<IReadOnlyList<LeakReport?>> Parse(string? contentType)
    {
        if (!JsonBody.IsJson(contentType))
            return Problems.UnsupportedMediaType();
        try
        {
            using var json = JsonDocument.Parse(Bytes, Options);
            return json.RootElement.ValueKind == JsonValueKind.Array
                ? json.RootElement.EnumerateArray().Select(LeakReport.Read).ToList()
                : Problems.MalformedJson("The body must be a JSON list.");
        }
        catch (JsonException e)
        {
            return JsonBody.NotJson(e);
        }
    }

    private static async Task<Outcome<ReportBody>> ReadAsync(Stream body, ReportRoom.Share share, CancellationToken ct)
    {
        var (bytes, chunk) = (new MemoryStream(), new byte[ChunkBytes]);
        while (await body.ReadAsync(chunk, ct) is > 0 and var read)
        {
            while (bytes.Length + read > share.Bytes)
            {
                if (!share.TryGrow())
                    return LeakProblems.NoRoom();
            }
            bytes.Write(chunk, 0, read);
        }
        return new ReportBody(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
    }
}
