using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace Gateway.Tests;

/// <summary>What a page asks the store does not grow with an account. On Postgres, whose driver tells of each statement.</summary>
public sealed class ConsoleStatementsTests : IAsyncLifetime
{
    private const int Most = 12;

    private readonly ConcurrentQueue<string> _statements = new();
    private readonly ActivityListener _listener;
    private TestAdmin _admin = null!;
    private ConsoleBrowser _browser = null!;

    public ConsoleStatementsTests() =>
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = Note,
        };

    public async ValueTask InitializeAsync()
    {
        var limit = ("Keys:MaxActivePerAccount", "10000");
        _admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings(limit), provider: "postgres");
        _browser = new ConsoleBrowser(_admin);
        await _browser.SignInAsync();
        ActivitySource.AddActivityListener(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _browser.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task ThePagesOfAnAccount_AskTheStoreAsOften_HoweverManyKeysItHas()
    {
        var (few, many) = (await StatementsOfAsync(keys: 60), await StatementsOfAsync(keys: 2_000));

        Assert.Equal(few, many);
        Assert.All(few, statements => Assert.InRange(statements, 1, Most));
    }

    private async Task<List<int>> StatementsOfAsync(int keys)
    {
        var account = await _admin.AddAccountAsync();
        await _admin.Store.Database.AddKeysAsync(account, keys);
        var path = $"/console/accounts/{account.Id}/keys";
        var first = (await _browser.GetAsync(path)).Says(200, "bot");
        var next = first.Links.Single(l => l.Contains("after=key_", StringComparison.Ordinal));
        var counts = new List<int>();
        foreach (var page in new[] { path, next, path + "?q=bot+3", path + "?status=revoked", path + "/new" })
        {
            _statements.Clear();
            (await _browser.GetAsync(page)).Says(200);
            counts.Add(_statements.Count);
        }
        return counts;
    }

    // Of this test's own database, and about keys: what goes on by itself, and in other tests, is not counted.
    private void Note(Activity activity)
    {
        var database = new NpgsqlConnectionStringBuilder(_admin.Store.Options.ConnectionString).Database!;
        var tags = activity.TagObjects.Select(t => t.Value as string ?? "").ToList();
        if (tags.Contains(database) && tags.Find(t => t.Contains("api_keys", StringComparison.Ordinal)) is { } text)
            _statements.Enqueue(text);
    }
}
