using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What is said of a credential that nobody has looked up: "no key" only when there is none.</summary>
public sealed class KnownHashesTests
{
    private static readonly PepperOptions Pepper = new() { Id = "p1", Secret = Convert.ToBase64String(new byte[32]) };
    private static readonly KeyHasher Hasher = new(new KeyOptions { Peppers = [Pepper] });

    private readonly KnownHashes _known = new(Hasher, TestKeys.Format);
    private int _changes;

    [Fact]
    public void Filter_NeverForgetsAValue_AndSeldomTakesAStrangerForOne()
    {
        const int count = 20_000;
        var filter = new BloomFilter(count);
        var values = Enumerable.Range(0, count).Select(_ => RandomNumberGenerator.GetBytes(32)).ToList();
        foreach (var value in values)
            filter.Add(value);
        filter.Add(values[0]);

        Assert.All(values, v => Assert.True(filter.MayHold(v)));
        var strangers = Enumerable.Range(0, 100_000).Count(_ => filter.MayHold(RandomNumberGenerator.GetBytes(32)));
        Assert.InRange(strangers, 0, 150);
        Assert.InRange(filter.Count, count * 0.999, count);
        Assert.False(filter.IsOutgrown);
        for (var i = 0; i < 100; i++)
            filter.Add(RandomNumberGenerator.GetBytes(32));
        Assert.True(filter.IsOutgrown);
    }

    [Fact]
    public void UntilAllAreKnown_NothingIsCalledUnknown()
    {
        var (one, other, stranger) = (NewKey(), NewKey(), NewKey());
        Assert.Equal(Standing.Unproven, _known.Look(new(one)));
        Assert.False(_known.IsWanted);

        _known.StartOver();
        Assert.True(_known.IsWanted);
        var filter = _known.Begin(1_000);
        Assert.Equal(Standing.Unproven, _known.Look(new(one)));
        Assert.True(_known.Fill(filter, [Row(one)]));
        Assert.Equal(Standing.Proven, _known.Look(new(one)));
        Assert.Equal(Standing.Unproven, _known.Look(new(other)));
        Assert.True(_known.Fill(filter, [Row(other)]));

        _known.Complete(filter);
        Assert.True(_known.IsComplete && !_known.IsWanted);
        Assert.Equal((Standing.Proven, Standing.Proven), (_known.Look(new(one)), _known.Look(new(other))));
        Assert.Equal((Standing.Unknown, 1L, 2L), (_known.Look(new(stranger)), _known.Answers, _known.Count));
    }

    // The pages show it or not: either way its change is applied after the filter was begun.
    [Fact]
    public void KeyThatIsMadeWhileTheyAreRead_IsKnown_FirstTimeAndAgain()
    {
        _known.StartOver();
        for (var load = 0; load < 2; load++)
        {
            var filter = _known.Begin(1_000);
            var during = NewKey();
            Apply(during);
            Assert.Equal(Standing.Proven, _known.Look(new(during)));
            _known.Complete(filter);
            Assert.Equal(Standing.Proven, _known.Look(new(during)));
            var after = NewKey();
            Assert.Equal(Standing.Unknown, _known.Look(new(after)));
            Apply(after);
            Assert.Equal(Standing.Proven, _known.Look(new(after)));
        }
    }

    [Fact]
    public void StartingOver_ForgetsAll_AndSpoilsWhatIsBeingRead()
    {
        var key = NewKey();
        _known.StartOver();
        var complete = _known.Begin(1_000);
        _known.Complete(complete);
        var filling = _known.Begin(1_000);
        Assert.Equal(Standing.Unknown, _known.Look(new(key)));

        _known.StartOver();

        Assert.Equal(Standing.Unproven, _known.Look(new(key)));
        Assert.False(_known.Fill(filling, [Row(key)]));
        _known.Complete(filling);
        _known.Complete(complete);
        Assert.False(_known.IsComplete);
        Assert.Equal(Standing.Unproven, _known.Look(new(key)));
    }

    [Fact]
    public void KeyUnderAPepperThatIsNotHere_IsNotCalledUnknown_NorWhoSharesItsPrefix()
    {
        var foreign = new KeyHasher(
            new KeyOptions { Peppers = [new() { Id = "p2", Secret = Convert.ToBase64String(new byte[33]) }] }
        );
        var (read, applied, plain, stranger) = (NewKey(), NewKey(), NewKey(), NewKey());
        _known.StartOver();
        var filter = _known.Begin(1_000);
        _known.Fill(filter, [Row(read, foreign), Row(plain, new KeyHasher(new KeyOptions()))]);
        _known.Complete(filter);
        Apply(applied, foreign);

        Assert.All(new[] { read, applied, plain }, k => Assert.Equal(Standing.Proven, _known.Look(new(k))));
        Assert.Equal(Standing.Unknown, _known.Look(new(stranger)));
        var prefix = TestKeys.Format.DisplayPrefix(read);
        Assert.Equal(Standing.Proven, _known.Look(new(prefix + NewKey()[prefix.Length..])));
    }

    [Fact]
    public async Task AppliedKey_IsNeverCalledUnknown_HoweverLoadsAndChangesRace()
    {
        var keys = Enumerable.Range(0, 3_000).Select(_ => NewKey()).ToList();
        var rows = keys.ConvertAll(k => Row(k));
        var applied = 0;
        using var stop = new CancellationTokenSource();
        _known.StartOver();
        // As the loader does: what was applied before a load began is in its pages, what comes later need not be.
        var loads = Task.Run(() =>
        {
            var done = 0;
            for (; !stop.IsCancellationRequested; done++)
            {
                var filter = _known.Begin(10_000);
                foreach (var page in rows.Take(Volatile.Read(ref applied)).Chunk(100))
                    _known.Fill(filter, [.. page]);
                _known.Complete(filter);
            }
            return done;
        });
        var looks = Task.Run(() =>
        {
            var wrong = 0;
            while (!stop.IsCancellationRequested)
            {
                var newest = Volatile.Read(ref applied) - 1;
                if (newest >= 0 && _known.Look(new(keys[newest])) == Standing.Unknown)
                    wrong++;
            }
            return wrong;
        });

        foreach (var row in rows)
        {
            Apply(row);
            Volatile.Write(ref applied, applied + 1);
        }
        await Eventually.TrueAsync(() => _known.IsComplete);
        await stop.CancelAsync();

        Assert.Equal(0, await looks);
        Assert.True(await loads > 0);
        Assert.All(keys, k => Assert.Equal(Standing.Proven, _known.Look(new(k))));
    }

    private static string NewKey() => TestKeys.Format.Generate(TestKeys.Format.Environments[0]);

    private static HashedKey Row(string secret, KeyHasher? hasher = null)
    {
        var (hash, pepper) = (hasher ?? Hasher).HashNew(secret);
        return new HashedKey(Ids.Random(), hash, pepper, TestKeys.Format.DisplayPrefix(secret));
    }

    private void Apply(string secret, KeyHasher? hasher = null) => Apply(Row(secret, hasher));

    private void Apply(HashedKey k) =>
        _known.Apply(
            new(++_changes, "", ChangeKinds.KeyCreated, k.Id, k.Hash, "a", Sample.Now, k.PepperId, k.KeyPrefix)
        );
}
