using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Gateway.Admin;

/// <summary>A request's body: UTF-8 JSON, one object; bounded. No body at all is an object without fields.</summary>
public sealed record JsonBody(ReadOnlyMemory<byte> Bytes, JsonElement Json)
{
    /// <summary>Largest body that is taken: a key with a hundred addresses needs a tenth of it.</summary>
    public const int MaxBytes = 64 * 1024;

    // Nothing we take nests deeper than walletBindings[0].permissions[0].
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 8 };

    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>Reads the body.</summary>
    /// <param name="request">Whose.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="BadHttpRequestException">It is larger than <see cref="MaxBytes"/>, or broke off.</exception>
    public static async Task<Outcome<JsonBody>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, ct);
        ReadOnlyMemory<byte> bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        if (bytes.IsEmpty)
            return new JsonBody(bytes, Empty);
        return IsJson(request.ContentType) ? Parse(bytes) : Problems.UnsupportedMediaType();
    }

    private static Outcome<JsonBody> Parse(ReadOnlyMemory<byte> bytes)
    {
        // The parser looks at strings only as they are read; a byte that is not UTF-8 is refused here, at once.
        if (!Utf8.IsValid(bytes.Span))
            return Problems.MalformedJson("The body is not UTF-8.");
        try
        {
            var root = JsonDocument.Parse(bytes, Options).RootElement;
            CheckText(root);
            return root.ValueKind == JsonValueKind.Object
                ? new JsonBody(bytes, root)
                : Problems.MalformedJson("The body must be a JSON object.");
        }
        catch (JsonException e)
        {
            return NotJson(e);
        }
        catch (InvalidOperationException)
        {
            return Problems.MalformedJson("A string has half of a surrogate pair.");
        }
    }

    // Not its message, which quotes the body.
    internal static Problem NotJson(JsonException e) =>
        Problems.MalformedJson($"Not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");

    internal static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType == MediaTypeNames.Application.Json || type.Suffix == "json")
        && (type.Encoding is null || type.Encoding.CodePage == Encoding.UTF8.CodePage);

    // Half a surrogate pair, written as \ud800, is JSON but not text: no database takes it.
    private static void CheckText(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String)
            _ = json.GetString();
        else if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in json.EnumerateArray())
                CheckText(item);
        }
        else if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in json.EnumerateObject())
            {
                _ = property.Name;
                CheckText(property.Value);
            }
        }
    }
}
