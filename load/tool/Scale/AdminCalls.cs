using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Load;

/// <summary>How long listing and creating take with few keys and with many, in an account like most and in the largest.</summary>
internal static class AdminCalls
{
    private const int WarmUps = 30;
    private const int Calls = 60;
    private const double RatioMax = 1.3;

    // Below this a ratio says more of the machine than of the store.
    private const double MillisecondsAnyway = 1;

    private const string CreateInLargest = "create in the largest account, which has no limit to speak of";

    private const string Body = $$"""
        {"name": "A key", "environment": "sandbox", "permissions": ["{{SeededKeys.Permission}}"]}
        """;

    // The last has no bar: an account's active keys are counted before another is made, as far as its limit, and that of
    // the largest is higher than anybody's.
    private static readonly (string Name, long Account, string Query, bool Creates)[] Operations =
    [
        ("list, first page", 7, "", false),
        ("list in the largest account, first page", 0, "", false),
        ("list in the largest account, revoked only", 0, "?status=revoked", false),
        ("list in the largest account, one environment", 0, "?environment=sandbox", false),
        ("create", 7, "", true),
        (CreateInLargest, 0, "", true),
    ];

    /// <summary>Measures it.</summary>
    public static async Task MeasureAsync(ResultSheet sheet, ScaleStand stand, ScaleStores stores)
    {
        sheet.Section(
            $"Admin calls on {stores.Provider}",
            $"Medians of {Calls} calls in milliseconds after {WarmUps}, in turn at an admin API with few keys and one with "
                + "many. The largest account has a tenth of all keys, the other nine. At most "
                + $"{RatioMax} times as long, or {MillisecondsAnyway} ms longer."
        );
        await using var few = await stand.StartAdminAsync(stores.Small);
        await using var many = await stand.StartAdminAsync(stores.Large);
        using var one = Client(few);
        using var other = Client(many);
        foreach (var (name, number, query, creates) in Operations)
        {
            var (a, b) = (new List<double>(), new List<double>());
            for (var i = 0; i < WarmUps + Calls; i++)
            {
                a.Add(await CallAsync(one, PathOf(stores.Small, number) + query, creates));
                b.Add(await CallAsync(other, PathOf(stores.Large, number) + query, creates));
            }
            Compare(sheet, name, new Times(a.Skip(WarmUps)).Median, new Times(b.Skip(WarmUps)).Median);
        }
    }

    private static void Compare(ResultSheet sheet, string name, double few, double many)
    {
        sheet.Tell($"{name}, few keys", few, " ms");
        if (name == CreateInLargest)
            sheet.Tell($"{name}, many keys", many, " ms");
        else
            sheet.AtMost($"{name}, many keys", many, Math.Max(few * RatioMax, few + MillisecondsAnyway), " ms");
    }

    private static HttpClient Client(ServerProcess admin)
    {
        var client = new HttpClient { BaseAddress = admin.Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ScaleStand.OperatorToken);
        return client;
    }

    private static string PathOf(ScaleStore store, long account) =>
        $"/v1/accounts/{store.Keys.Account(account).Id}/api-keys";

    private static async Task<double> CallAsync(HttpClient client, string path, bool creates)
    {
        using var request = new HttpRequestMessage(creates ? HttpMethod.Post : HttpMethod.Get, path);
        if (creates)
            request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
        var sent = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request);
        var took = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        return took;
    }
}
