using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Gateway.Load;

/// <summary>As much of a browser as it takes to be signed in to the console.</summary>
internal sealed partial class ConsoleClient : IDisposable
{
    private readonly HttpClient _client;

    /// <summary>For the console of an admin API.</summary>
    public ConsoleClient(Uri url)
    {
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = url };
        _client.DefaultRequestHeaders.Add("Origin", url.GetLeftPart(UriPartial.Authority));
    }

    /// <summary>Signs in as the operator.</summary>
    public async Task SignInAsync(string token)
    {
        var page = await _client.GetStringAsync(new Uri("/console/sign-in", UriKind.Relative));
        var fields = new Dictionary<string, string>
        {
            ["form-token"] = FormToken().Match(page).Groups["value"].Value,
            ["token"] = token,
        };
        using var form = new FormUrlEncodedContent(fields);
        using var answer = await _client.PostAsync(new Uri("/console/sign-in/token", UriKind.Relative), form);
        if (answer.StatusCode != System.Net.HttpStatusCode.SeeOther)
            throw new InvalidOperationException($"Not signed in: {answer.StatusCode}");
    }

    /// <summary>Opens a page.</summary>
    /// <returns>Milliseconds until its last byte.</returns>
    public async Task<double> OpenAsync(string path)
    {
        var sent = Stopwatch.GetTimestamp();
        using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative));
        await answer.Content.ReadAsByteArrayAsync();
        var took = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
        return answer.IsSuccessStatusCode ? took : throw new InvalidOperationException($"{path}: {answer.StatusCode}");
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    [GeneratedRegex("name=\"form-token\" value=\"(?<value>[^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex FormToken();
}
