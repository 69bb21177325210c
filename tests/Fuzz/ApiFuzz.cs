using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>Sends one operation of an admin API what its document forbids, field by field and place by place, and holds each
/// answer to what every answer must be: below 500, as the document says, naming what is wrong, and telling nothing of what
/// is inside.</summary>
/// <param name="admin">The admin API.</param>
/// <param name="contract">Its document.</param>
/// <param name="operation">The operation.</param>
/// <param name="turn">Which values it begins with.</param>
internal sealed partial class ApiFuzz(TestAdmin admin, ApiContract contract, ApiOperation operation, int turn)
{
    private const int OneOf = 4;
    private const int AtOnce = 10;

    private readonly ConcurrentQueue<string> _faults = new();
    private string _account = "";
    private string _key = "";
    private int _requests;
    private int _turn = turn;

    /// <summary>What must not be.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Requests sent.</summary>
    public int Requests => _requests;

    /// <summary>Refused with the field named.</summary>
    public int Named { get; private set; }

    /// <summary>Tries everything, in an account of its own, and bodies that are spoiled past being JSON.</summary>
    /// <param name="spoiled">How many of those.</param>
    public async Task RunAsync(int spoiled)
    {
        _account = (await admin.AddAccountAsync()).Id;
        _key = (await admin.IssueKeyAsync(_account)).Id;
        foreach (var (name, schema) in operation.Fields)
        foreach (var value in Some(ApiValues.For(schema)))
            await TryAsync($"{{\"{name}\":{value}{Rest(name)}}}", name);
        foreach (var (name, _) in operation.Fields.Take(1))
            await TryAsync($"{{\"{name}\":\"a\",\"{name}\":\"b\"}}", name);
        foreach (var place in operation.Places)
        foreach (var text in Some(ApiValues.Texts.Where(t => t.Length > 0)))
            await SendAsync(PathOf().Replace(ValueOf(place), text, StringComparison.Ordinal), null);
        foreach (var name in operation.Query)
        foreach (var text in Some(ApiValues.Texts))
            await SendAsync($"{PathOf()}?{name}={text}&{name}={text}", null);
        if (operation.Fields.Count > 0)
            await SpoilAsync(spoiled);
    }

    // Several at once: one operation answers late on purpose.
    private Task SpoilAsync(int count)
    {
        var whole = Encoding.UTF8.GetBytes($"{{\"none\":[1,null]{Rest("")}}}");
        var bodies = Enumerable.Range(0, count).Select(i => ByteMutator.Mutate(whole, whole, FuzzOptions.RandomOf(i)));
        return Parallel.ForEachAsync(
            bodies,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (body, _) => await SendAsync(PathOf(), body)
        );
    }

    // Every fourth, but for the long form: others for each field, so that all are tried somewhere.
    private IEnumerable<string> Some(IEnumerable<string> values)
    {
        var first = FuzzOptions.IsLong ? 0 : _turn++ % OneOf;
        return values.Where((_, i) => FuzzOptions.IsLong || i % OneOf == first);
    }

    // The other fields as they would be, so that what is wrong with one is not hidden by the lack of another.
    private string Rest(string except)
    {
        var rest = new StringBuilder();
        foreach (var (name, value) in Examples.Where(e => e.Key != except))
        {
            if (operation.Fields.Any(f => f.Name == name))
                rest.Append($",\"{name}\":{value}");
        }
        return rest.ToString();
    }

    private static readonly Dictionary<string, string> Examples = new(StringComparer.Ordinal)
    {
        ["name"] = "\"A name\"",
        ["environment"] = "\"sandbox\"",
    };

    private async Task TryAsync(string body, string field)
    {
        var (status, text) = await SendAsync(PathOf(), Encoding.UTF8.GetBytes(body));
        if (status < 400 || text.Length == 0 || JsonNode.Parse(text) is not { } problem)
            return;
        if ((string?)problem["error"]?["code"] is not "VALIDATION_FAILED")
            return;
        var names = (problem["errors"]?.AsArray() ?? []).Select(e => (string)e!["field"]!).ToList();
        if (names.Count == 0)
            Fault(body, "no field is named", text);
        else if (names.Exists(n => n.StartsWith(field, StringComparison.Ordinal)))
            Named++;
    }

    private async Task<(int Status, string Text)> SendAsync(string path, byte[]? body)
    {
        Interlocked.Increment(ref _requests);
        using var request = new HttpRequestMessage(operation.Method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestAdmin.OperatorToken);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        using var response = await admin.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var status = (int)response.StatusCode;
        var sent = body is null ? path : Encoding.Latin1.GetString(body);
        if (status >= 500)
            Fault(sent, $"answered {status}", text);
        if (Inside().IsMatch(text) || text.Contains(TestAdmin.OperatorToken, StringComparison.Ordinal))
            Fault(sent, "tells of what is inside", text);
        // What the server itself cannot read gets its bare 400: there is no request yet to answer about.
        var isBare = status == 400 && text.Length == 0;
        if (status >= 400 && !isBare)
            Judge(sent, response, text);
        return (status, text);
    }

    private void Judge(string sent, HttpResponseMessage response, string text)
    {
        try
        {
            var answer = new ApiAnswer(
                (int)response.StatusCode,
                JsonNode.Parse(text)!,
                text,
                response.Headers,
                response.Content.Headers.ContentType?.MediaType
            );
            if (answer.MediaType is not "application/problem+json" || answer.Code is null)
                Fault(sent, "is no problem", text);
            contract.Check(operation.Method, response.RequestMessage!.RequestUri!.AbsolutePath, answer);
        }
        catch (Exception e) when (e is JsonException or Xunit.Sdk.XunitException)
        {
            Fault(sent, e.Message, text);
        }
    }

    private string PathOf() =>
        operation.Places.Aggregate(
            operation.Path,
            (path, place) => path.Replace($"{{{place}}}", ValueOf(place), StringComparison.Ordinal)
        );

    private string ValueOf(string place) =>
        place switch
        {
            "accountId" => _account,
            "id" or "keyId" => _key,
            _ => $"value-of-{place}",
        };

    private void Fault(string sent, string what, string text) =>
        _faults.Enqueue(
            $"{operation} {sent[..Math.Min(200, sent.Length)]}: {what}: {text[..Math.Min(400, text.Length)]}"
        );

    // A stack, an exception, a statement, a path of ours.
    [GeneratedRegex(
        @"\bat \w+\.\w+|Exception\b|SQLite|Npgsql|\bselect .* from\b|\binsert into\b|\.cs:line|/tmp/",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Inside();
}
