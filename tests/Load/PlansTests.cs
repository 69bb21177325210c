using Gateway.Keys;
using Gateway.Keys.Storage;
using Gateway.Load;

namespace Gateway.Tests;

/// <summary>
/// What is asked for each request and each admin call is found by an index, so that it takes no longer with a million
/// keys. The plans are the databases' own, of the statements as they are sent.
/// </summary>
public abstract class PlansTests(string provider) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = TimeProvider.System.Now();

    private readonly SeededKeys _keys = new(2_000, seed: 1, TimeProvider.System);
    private TestStore _store = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.CreateAsync(provider, migrated: false);
        await Seeder.FillAsync(_store.Options, _keys);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _store.DisposeAsync();
    }

    private string Largest => _keys.Account(0).Id;

    [Fact]
    public async Task ColdKey_IsOneIndexedLookUp()
    {
        var plans = await PlansOfAsync(s => s.FindKeyByHashAsync([_keys.Record(1).Hash]));

        Assert.Empty(Assert.Single(plans).Scans);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(KeyStatus.Active)]
    [InlineData(KeyStatus.Rotating)]
    [InlineData(KeyStatus.Disabled)]
    [InlineData(KeyStatus.Expired)]
    [InlineData(KeyStatus.Revoked)]
    public async Task ListOfKeys_IsReadInOrderFromAnIndex(KeyStatus? status)
    {
        var after = _keys.Record(1_000).Id;

        var plans = await PlansOfAsync(s => s.ListKeysAsync(Largest, new(Status: status, After: after), Now));

        var plan = Assert.Single(plans);
        Assert.Empty(plan.Scans);
        Assert.DoesNotContain(plan.Steps, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(KeyStatus.Disabled, "api_keys_disabled")]
    [InlineData(KeyStatus.Expired, "api_keys_ending")]
    [InlineData(KeyStatus.Rotating, "api_keys_ending")]
    [InlineData(KeyStatus.Revoked, "api_keys_revoked")]
    public async Task RareStatus_IsFoundAmongItsOwn(KeyStatus status, string index)
    {
        var plans = await PlansOfAsync(s => s.ListKeysAsync(Largest, new(Status: status), Now));

        Assert.Contains(plans.SelectMany(p => p.Steps), step => step.Contains(index, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CountOfActiveKeys_ReadsAnIndexOfThoseAlone()
    {
        var plans = await PlansOfAsync(s => s.CountActiveKeysAsync(Largest, Now, atMost: 10));

        var alone = provider == "sqlite" ? "COVERING INDEX api_keys_counted" : "Index Only Scan using api_keys_counted";
        Assert.Contains(Assert.Single(plans).Steps, step => step.Contains(alone, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PageOfHashes_IsReadInOrderFromAnIndex()
    {
        var plans = await PlansOfAsync(s => s.ListHashedKeysAsync(_keys.Record(1_000).Id, 100));

        Assert.Empty(Assert.Single(plans).Scans);
    }

    [Fact]
    public async Task ReadingATable_IsSeenAsSuch()
    {
        var plans = await PlansOfAsync(s => s.QueryAsync<string>("select id from api_keys where name = 'Key 1'"));

        Assert.Single(Assert.Single(plans).Scans);
    }

    private Task<List<Plan>> PlansOfAsync(Func<Session, Task> ask) => Plans.OfAsync(_store.Database, ask);
}

/// <summary>Plans of SQLite.</summary>
public sealed class SqlitePlansTests() : PlansTests("sqlite");

/// <summary>Plans of PostgreSQL.</summary>
public sealed class PostgresPlansTests() : PlansTests("postgres");
