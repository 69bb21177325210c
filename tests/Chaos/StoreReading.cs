using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Reads from the store, at the end of a run, what only the store knows.</summary>
public static class StoreReading
{
    private sealed class FeedRow
    {
        public long Number { get; set; }
        public string Kind { get; set; } = "";
        public string AccountId { get; set; } = "";
        public string? KeyId { get; set; }
    }

    private sealed class UsesRow
    {
        public string Id { get; set; } = "";
        public long Accepted { get; set; }
        public DateTimeOffset? LastUsed { get; set; }
    }

    /// <summary>Adds the feed and the uses to a history.</summary>
    public static async Task AddAsync(Database database, History history)
    {
        await using var session = await database.OpenAsync();
        const string Feed = "select number, kind, account_id, key_id from changes order by number";
        foreach (var row in await session.QueryAsync<FeedRow>(Feed))
            history.Add(new FeedEntry(row.Number, row.Kind, row.AccountId, row.KeyId));
        const string Uses = """
            select k.id, u.at as last_used,
              coalesce((select sum(h.requests) from usage_hourly h where h.key_id = k.id and h.outcome = 'allowed'), 0)
                as accepted
            from api_keys k left join last_used u on u.key_id = k.id
            """;
        foreach (var row in await session.QueryAsync<UsesRow>(Uses))
            history.Add(new UsesInStore(row.Id, row.Accepted, row.LastUsed));
    }
}
