using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Gateway.Admin;

/// <summary>
/// A first account and a key that works, made over the admin API as anybody would: <c>make run</c> prints them. Running it
/// again finds the account and replaces the key, since the secret of the earlier one is gone.
/// </summary>
public static class FirstKey
{
    private const string AccountName = "First account";
    private const string KeyName = "first-key";
    private const string TokenVariable = "Admin__OperatorToken";

    // One page of a list; the largest the API gives.
    private const int PageSize = 100;

    // A revocation waits for every gateway, 2 s unless configured; anything near this is stuck.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The command <c>first-key URL</c>.</summary>
    public static Command Command()
    {
        var url = new Argument<string>("url") { Description = "Where the admin API listens." };
        var command = new Command(
            "first-key",
            "Print an account and a new sandbox key of it (account=, id=, key=), revoking the one printed before. "
                + $"The operator's token is taken from {TokenVariable}: a command line is for every user to see."
        )
        {
            url,
        };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(url), Console.Out, Console.Error));
        return command;
    }

    private static async Task<int> RunAsync(string url, TextWriter output, TextWriter errors)
    {
        if (Environment.GetEnvironmentVariable(TokenVariable) is not { Length: > 0 } token)
        {
            await errors.WriteLineAsync($"first-key: {TokenVariable} is not set");
            return 1;
        }
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            await errors.WriteLineAsync($"first-key: '{url}' is not an address");
            return 1;
        }
        using var api = new HttpClient { BaseAddress = address, Timeout = Timeout };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            var account = await FindOrCreateAccountAsync(api);
            await RevokeEarlierAsync(api, account.Id);
            var key = await CreateKeyAsync(api, account.Id);
            await output.WriteLineAsync($"account={account.Id}\nid={key.Id}\nkey={key.Key}");
            return 0;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException)
        {
            await errors.WriteLineAsync($"first-key: {e.Message}");
            return 1;
        }
    }

    private static async Task<AccountFacts> FindOrCreateAccountAsync(HttpClient api)
    {
        var known = await FindAsync(api, "/v1/accounts", page => page.Accounts, a => a.Name == AccountName);
        if (known.Count == 0)
        {
            var made = await SendAsync(
                api,
                HttpMethod.Post,
                "/v1/accounts",
                new { name = AccountName, apiKeysEnabled = true }
            );
            return made.Account ?? throw new JsonException("the answer has no account");
        }
        // What somebody tried out the last time must not make the key that is printed useless.
        var account = known[0];
        if (!account.ApiKeysEnabled || account.Suspended)
            await SendAsync(
                api,
                HttpMethod.Patch,
                $"/v1/accounts/{account.Id}",
                new { apiKeysEnabled = true, suspended = false }
            );
        return account;
    }

    private static async Task RevokeEarlierAsync(HttpClient api, string accountId)
    {
        var keys = $"/v1/accounts/{accountId}/api-keys";
        foreach (var key in await FindAsync(api, keys, p => p.ApiKeys, k => k.Name == KeyName && k.Status != "revoked"))
            await SendAsync(api, HttpMethod.Delete, $"{keys}/{key.Id}", new { confirmation = KeyName });
    }

    private static async Task<KeyFacts> CreateKeyAsync(HttpClient api, string accountId)
    {
        var asked = new
        {
            name = KeyName,
            // It may do all there is to try, making further keys included.
            role = "api_admin",
            environment = "sandbox",
        };
        var made = await SendAsync(api, HttpMethod.Post, $"/v1/accounts/{accountId}/api-keys", asked);
        return made.ApiKey ?? throw new JsonException("the answer has no apiKey");
    }

    private static async Task<List<T>> FindAsync<T>(
        HttpClient api,
        string list,
        Func<Data, List<T>?> itemsOf,
        Predicate<T> wanted
    )
    {
        var found = new List<T>();
        string? cursor = null;
        do
        {
            var after = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = await SendAsync(api, HttpMethod.Get, $"{list}?limit={PageSize}{after}", null);
            found.AddRange((itemsOf(page) ?? []).FindAll(wanted));
            cursor = page.NextCursor;
        } while (cursor is not null);
        return found;
    }

    private static async Task<Data> SendAsync(HttpClient api, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await api.SendAsync(request);
        if (!response.IsSuccessStatusCode)
        {
            var refusal = await response.Content.ReadAsStringAsync();
            throw new HttpRequestException($"{method} {path} was answered {(int)response.StatusCode}: {refusal}");
        }
        var answer = await response.Content.ReadFromJsonAsync<Answer>(JsonSerializerOptions.Web);
        return answer?.Data ?? throw new JsonException($"the answer to {method} {path} has no data");
    }

    private sealed record Answer(Data? Data);

    private sealed record Data(
        List<AccountFacts>? Accounts,
        AccountFacts? Account,
        List<KeyFacts>? ApiKeys,
        KeyFacts? ApiKey,
        string? NextCursor
    );

    private sealed record AccountFacts(string Id, string Name, bool ApiKeysEnabled, bool Suspended);

    private sealed record KeyFacts(string Id, string Name, string Status, string? Key);
}
