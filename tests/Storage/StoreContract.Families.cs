using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Line_IsAKeyAndItsSuccessors_OldestFirst()
    {
        var account = await _store.AddAccountAsync();
        var first = await _store.AddKeyAsync(Sample.Key(account) with { RotatedTo = "next" });
        var second = Sample.Key(account) with { RotatedFrom = first.Id, LineId = first.LineId };
        await _store.AddKeyAsync(second);
        await _store.AddKeyAsync(Sample.Key(account));

        var line = await ReadAsync(s => s.ListLineAsync(first.LineId));

        Assert.Equal(new[] { first.Id, second.Id }.Order(StringComparer.Ordinal), line.Select(k => k.Id));
    }

    [Fact]
    public async Task CurrentOfLines_AreTheirNewest_AndPredecessorsInTheirGracePeriod_WithTheirLastUse()
    {
        var account = await _store.AddAccountAsync();
        var deadline = Sample.Now.AddHours(1);
        var old = await _store.AddKeyAsync(Sample.Key(account) with { RotationDeadline = deadline });
        var next = await _store.AddKeyAsync(Sample.Key(account) with { RotatedFrom = old.Id, LineId = old.LineId });
        await _store.AddKeyAsync(Sample.Key(account) with { LineId = old.LineId, RevokedAt = Sample.Now });
        await _store.AddKeyAsync(Sample.Key(account) with { LineId = old.LineId, ExpiresAt = Sample.Now });
        var other = await _store.AddKeyAsync(Sample.Key(account));
        await _store.AddKeyAsync(Sample.Key(account));
        await Database.WriteUsageAsync(new UsageBatch("lines", [new LastUse(old.Id, Sample.Now)], []));
        string[] lines = [old.LineId, other.LineId];

        var current = await ReadAsync(s => s.ListCurrentOfLinesAsync(lines, Sample.Now));
        var later = await ReadAsync(s => s.ListCurrentOfLinesAsync(lines, deadline));

        Assert.Equal(
            new[] { old.Id, next.Id, other.Id }.OrderDescending(StringComparer.Ordinal),
            current.Select(k => k.Id)
        );
        Assert.Equal(Sample.Now, current.Single(k => k.Id == old.Id).LastUsedAt);
        Assert.DoesNotContain(old.Id, later.Select(k => k.Id));
    }

    [Fact]
    public async Task UnrevokedKeys_AreAllButTheRevokedOnes()
    {
        var account = await _store.AddAccountAsync();
        await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));
        foreach (var key in OneOfEachStatus(account))
            await _store.AddKeyAsync(key);

        var keys = await ReadAsync(s => s.ListUnrevokedKeysAsync(account.Id));

        Assert.Equal(5, keys.Count);
        Assert.All(keys, k => Assert.Null(k.RevokedAt));
    }

    [Fact]
    public async Task Offspring_IsWhatKeysMade_AndWhatSucceededThem_InTheSameAccount()
    {
        var account = await _store.AddAccountAsync();
        var parent = await _store.AddKeyAsync(Sample.Key(account));
        var child = await _store.AddKeyAsync(Sample.Key(account, parent.Id));
        var next = Sample.Key(account) with { RotatedFrom = parent.Id, LineId = parent.LineId };
        await _store.AddKeyAsync(next);
        await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync(), parent.Id));
        async Task<IEnumerable<string>> ListAsync(string[] makers, string[] predecessors) =>
            (await ReadAsync(s => s.ListOffspringAsync(account.Id, makers, predecessors))).Select(k => k.Id);

        Assert.Equal([child.Id], await ListAsync([parent.Id, "key_none"], []));
        Assert.Equal([next.Id], await ListAsync([], [parent.Id]));
        Assert.Equal(
            new[] { child.Id, next.Id }.Order(StringComparer.Ordinal),
            await ListAsync([parent.Id], [parent.Id])
        );
        Assert.Empty(await ListAsync([], []));
    }

    [Fact]
    public async Task MakerLines_AreThoseOfTheKeysThatMadeAKeyOfTheLine()
    {
        var account = await _store.AddAccountAsync();
        var maker = await _store.AddKeyAsync(Sample.Key(account));
        var made = await _store.AddKeyAsync(Sample.Key(account, maker.Id));

        Assert.Equal([maker.LineId], await ReadAsync(s => s.ListMakerLinesAsync([made.LineId, "none"])));
        Assert.Empty(await ReadAsync(s => s.ListMakerLinesAsync([maker.LineId])));
        Assert.Empty(await ReadAsync(s => s.ListMakerLinesAsync([])));
    }
}
