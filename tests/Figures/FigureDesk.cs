using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>A key and its secret.</summary>
internal sealed record MadeKey(string Id, string Secret)
{
    /// <summary>The bytes of a request with it.</summary>
    public byte[] Request { get; } = Wire.Request("GET", "/v1/read/x", Secret);
}

/// <summary>A gateway that a receipt names as pending.</summary>
internal sealed record PendingName(string Id, DateTimeOffset GuaranteedBy);

/// <summary>The receipt of a call.</summary>
/// <param name="Sent">Timestamp before the call was sent.</param>
/// <param name="At">Timestamp at which its answer had come.</param>
/// <param name="Propagation">What it says.</param>
internal sealed record TimedReceipt(long Sent, long At, JsonNode Propagation)
{
    /// <summary>Milliseconds the call took.</summary>
    public double Took => Times.Between(Sent, At);

    /// <summary>Number of the change.</summary>
    public long Change => (long)Propagation["change"]!;

    /// <summary>Whether it is in force everywhere.</summary>
    public bool IsComplete => (bool)Propagation["complete"]!;

    /// <summary>Gateways that have applied it.</summary>
    public List<string> Applied => [.. Propagation["gateways"]!.AsArray().Select(g => (string)g!["id"]!)];

    /// <summary>Streams they have closed.</summary>
    public int StreamsClosed => Propagation["gateways"]!.AsArray().Sum(g => (int)g!["streamsClosed"]!);

    /// <summary>Gateways that have not.</summary>
    public List<PendingName> Pending =>
        [
            .. Propagation["pending"]!
                .AsArray()
                .Select(g => new PendingName((string)g!["id"]!, (DateTimeOffset)g["guaranteedBy"]!)),
        ];
}

/// <summary>Makes and revokes keys of one account at the admin API of a fleet.</summary>
internal sealed class FigureDesk : IDisposable
{
    private const string Name = "A key";
    private const int AtOnce = 8;

    private readonly HttpClient _client;
    private readonly Wire _wire;

    private FigureDesk(HttpClient client, Wire wire) => (_client, _wire) = (client, wire);

    private string Keys { get; set; } = "";

    /// <summary>Opens an account.</summary>
    public static async Task<FigureDesk> OpenAsync(Fleet fleet)
    {
        var url = fleet.Admins[0].Url;
        var desk = new FigureDesk(new HttpClient { BaseAddress = url }, await Wire.ConnectAsync(url));
        var account = await desk.PostAsync("/v1/accounts", new { name = "Acme", apiKeysEnabled = true });
        desk.Keys = $"/v1/accounts/{account.Data["account"]!["id"]}/api-keys";
        return desk;
    }

    /// <summary>Makes keys, several at once.</summary>
    public async Task<List<MadeKey>> MakeAsync(int count)
    {
        var made = new MadeKey[count];
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (i, _) => made[i] = await MakeAsync()
        );
        return [.. made];
    }

    /// <summary>Revokes a key and times the call: from before its first byte to after the last of its answer.</summary>
    /// <param name="key">Which.</param>
    /// <param name="wait">Seconds it may wait to be complete; null for the default.</param>
    public Task<TimedReceipt> RevokeAsync(MadeKey key, string? wait = null) =>
        AskAsync(
            "DELETE",
            $"{Keys}/{key.Id}{(wait is null ? "" : $"?wait={wait}")}",
            $$"""{"confirmation":"{{Name}}"}"""
        );

    /// <summary>The receipt as it stands now.</summary>
    public Task<TimedReceipt> ReceiptAsync(long change) => AskAsync("GET", $"/v1/changes/{change}", null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _wire.Dispose();
    }

    private async Task<TimedReceipt> AskAsync(string method, string path, string? body)
    {
        var request = Wire.Request(method, path, TestAdmin.OperatorToken, body);
        var sent = Stopwatch.GetTimestamp();
        var answer = await _wire.AskAsync(request);
        var at = Stopwatch.GetTimestamp();
        Assert.True(answer.Status == 200, answer.Text);
        return new TimedReceipt(sent, at, JsonNode.Parse(answer.Body())!["data"]!["propagation"]!);
    }

    private async Task<MadeKey> MakeAsync()
    {
        var asked = new
        {
            name = Name,
            environment = "sandbox",
            permissions = new[] { "read" },
        };
        var key = (await PostAsync(Keys, asked)).Key;
        return new MadeKey((string)key["id"]!, (string)key["key"]!);
    }

    private async Task<ApiAnswer> PostAsync(string path, object body) =>
        (await _client.CallAsync(HttpMethod.Post, path, body, TestAdmin.OperatorToken)).Succeeded(201);
}
