using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Gateway.Tests;

/// <summary>Calls of the admin API, wherever it is reached: at its own port or through a gateway.</summary>
public static class ApiCalls
{
    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="client">Whose base address says where to.</param>
    /// <param name="method">Method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">Serialised as JSON; a string is sent as it is; null sends none.</param>
    /// <param name="credential">Bearer credential; null for none.</param>
    /// <param name="headers">Further headers.</param>
    public static async Task<ApiAnswer> CallAsync(
        this HttpClient client,
        HttpMethod method,
        string path,
        object? body,
        string? credential,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path);
        if (credential is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(
                Encoding.UTF8.GetBytes(body as string ?? JsonSerializer.Serialize(body))
            );
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        using var response = await client.SendAsync(request);
        return await ApiAnswer.ReadAsync(response);
    }
}
