using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    private static readonly DateTimeOffset Hour = new(2026, 3, 4, 5, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task LastUsed_ShowsOnTheKey_AndNeverMovesBackwards()
    {
        var key = await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));
        Task UseAsync(params int[] seconds) =>
            Database.WriteUsageAsync(
                new UsageBatch(
                    Ids.Random(),
                    [.. seconds.Select(s => new LastUse(key.Id, Sample.Now.AddSeconds(s)))],
                    []
                )
            );

        await UseAsync(5, 9, 7);
        await UseAsync(3);

        Assert.Equal(Sample.Now.AddSeconds(9), (await ReadAsync(s => s.GetKeyAsync(key.Id)))!.LastUsedAt);
        await UseAsync(10);
        var listed = Assert.Single(await ReadAsync(s => s.ListKeysAsync(key.AccountId, new(), Sample.Now)));
        Assert.Equal(Sample.Now.AddSeconds(10), listed.LastUsedAt);
    }

    [Fact]
    public async Task Counts_AddUp_PerKeyHourAndOutcome()
    {
        await Database.WriteUsageAsync(
            new UsageBatch(
                "b1",
                [],
                [new("k", Hour, "allowed", 3), new("k", Hour, "allowed", 4), new("l", Hour, "x", 1)]
            )
        );
        await Database.WriteUsageAsync(
            new UsageBatch(
                "b2",
                [],
                [
                    new("k", Hour, "allowed", 5_000_000_000),
                    new("k", Hour, "IP_NOT_ALLOWED", 2),
                    new("k", Hour.AddHours(1), "allowed", 1),
                ]
            )
        );

        Assert.Equal(
            [
                new UsageCount("k", Hour, "IP_NOT_ALLOWED", 2),
                new UsageCount("k", Hour, "allowed", 5_000_000_007),
                new UsageCount("k", Hour.AddHours(1), "allowed", 1),
            ],
            (await ReadAsync(s => s.GetUsageAsync("k", Hour))).OrderBy(c => c.Hour).ThenBy(c => c.Requests)
        );
        Assert.Single(await ReadAsync(s => s.GetUsageAsync("k", Hour.AddMilliseconds(1))));
    }

    [Fact]
    public async Task BatchWrittenAgain_IsNotCountedTwice_WhateverItsSize()
    {
        // More rows than one transaction takes on SQLite.
        var batch = new UsageBatch(
            "b1",
            [.. Enumerable.Range(0, 1_500).Select(i => new LastUse($"k{i}", Sample.Now))],
            [.. Enumerable.Range(0, 2_500).Select(i => new UsageCount($"k{i % 1_500}", Hour, "allowed", 1))]
        );

        await Database.WriteUsageAsync(batch);
        await Database.WriteUsageAsync(batch);
        await Racing.RunAsync(
            4,
            async _ =>
            {
                await Database.WriteUsageAsync(batch);
                return true;
            }
        );

        Assert.Equal(2, Assert.Single(await ReadAsync(s => s.GetUsageAsync("k7", Hour))).Requests);
        Assert.Equal(1, Assert.Single(await ReadAsync(s => s.GetUsageAsync("k1499", Hour))).Requests);
    }

    [Fact]
    public async Task BatchBrokenOff_IsCompletedByTheNextTry()
    {
        var uses = Enumerable.Range(0, 1_500).Select(i => new LastUse($"k{i}", Sample.Now)).ToArray();
        var batch = new UsageBatch("b1", uses, [new("k1", Hour, "allowed", 1)]);
        // As much of it as is stored when the process is cut off before the counts.
        await Database.WriteUsageAsync(batch with { Counts = [] });

        await Database.WriteUsageAsync(batch);

        Assert.Equal(1, Assert.Single(await ReadAsync(s => s.GetUsageAsync("k1", Hour))).Requests);
    }

    [Fact]
    public async Task GatewaysThatFlushTheSameKeysAtOnce_DoNotDeadlock()
    {
        // Batches of very different sizes: a hash table gives back the same keys in another order.
        await Racing.RunAsync(
            12,
            async i =>
            {
                var keys = Enumerable.Range(0, 30 << (i % 6)).Select(k => $"k{k}").ToArray();
                if (i % 2 == 0)
                    Array.Reverse(keys);
                await Database.WriteUsageAsync(
                    new UsageBatch(
                        $"b{i}",
                        [.. keys.Select(k => new LastUse(k, Sample.Now.AddSeconds(i)))],
                        [.. keys.Select(k => new UsageCount(k, Hour, "allowed", 1))]
                    )
                );
                return true;
            }
        );

        Assert.Equal(12, Assert.Single(await ReadAsync(s => s.GetUsageAsync("k29", Hour))).Requests);
    }

    [Fact]
    public async Task OldHoursAndBatches_ArePruned()
    {
        await Database.WriteUsageAsync(
            new UsageBatch("b1", [], [new("k", Hour, "allowed", 1), new("k", Hour.AddHours(1), "allowed", 1)])
        );

        Assert.Equal(1, await WriteAsync(s => s.PruneUsageAsync(Hour.AddHours(1))));
        Assert.Equal(0, await WriteAsync(s => s.PruneUsageBatchesAsync(Hour.AddYears(-10))));
        Assert.Equal(1, await WriteAsync(s => s.PruneUsageBatchesAsync(DateTimeOffset.UtcNow.AddDays(1))));
        Assert.Equal(Hour.AddHours(1), Assert.Single(await ReadAsync(s => s.GetUsageAsync("k", Hour))).Hour);
    }
}
