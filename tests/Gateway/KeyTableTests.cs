using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>The keys in memory: who stays when there is no room for all.</summary>
public sealed class KeyTableTests
{
    private static readonly Roles Roles = new(new Dictionary<string, string[]>());

    private readonly KeyTable _table = new(3);

    [Fact]
    public void WhoWasAskedFor_StaysForAnotherRound()
    {
        foreach (var index in new[] { "aa", "bb", "cc" })
            Assert.Null(_table.Add(Key(index)));
        Assert.True(Has("aa"));

        Assert.Equal("bb", _table.Add(Key("dd"))?.Index);
        Assert.Equal("cc", _table.Add(Key("ee"))?.Index);
        Assert.Equal("aa", _table.Add(Key("ff"))?.Index);
        Assert.Equal(3, _table.Count);
    }

    [Fact]
    public void WhenAllWereAskedFor_TheHandComesRoundAgain()
    {
        foreach (var index in new[] { "aa", "bb", "cc" })
            _table.Add(Key(index));
        Assert.True(Has("aa") && Has("bb") && Has("cc"));

        Assert.Equal("aa", _table.Add(Key("dd"))?.Index);
        Assert.Equal((false, true), (Has("aa"), Has("dd")));
    }

    [Fact]
    public void NewerRecordOfAnIndex_TakesItsPlace()
    {
        var (old, fresh) = (Key("aa"), Key("aa"));
        _table.Add(old);

        Assert.Same(old, _table.Add(fresh));
        _table.Remove(old);

        Assert.True(_table.TryGet("aa", out var found));
        Assert.Same(fresh, found);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void PlacesOfWhatWasRemoved_AreTakenAgain()
    {
        for (var i = 0; i < 20; i++)
        {
            var (one, two) = (Key($"a{i}"), Key($"b{i}"));
            Assert.Null(_table.Add(one));
            Assert.Null(_table.Add(two));
            _table.Remove(one);
            _table.Remove(two);
            _table.Remove(two);
        }
        Assert.Equal(0, _table.Count);

        _table.Add(Key("cc"));
        _table.Clear();
        Assert.Equal((0, false), (_table.Count, Has("cc")));
        foreach (var index in new[] { "aa", "bb", "cc" })
            Assert.Null(_table.Add(Key(index)));
        Assert.NotNull(_table.Add(Key("dd")));
    }

    [Fact]
    public void IndexesThatBeginAlike_AreTwo()
    {
        _table.Add(Key("same-1"));
        _table.Add(Key("same-2"));
        Assert.True(_table.TryGet("same-1", out var one) && one.Index == "same-1");
        Assert.False(_table.TryGet("same-3", out _));
    }

    private bool Has(string index) => _table.TryGet(index, out _);

    private static CachedKey Key(string index) =>
        new(new KeyFacts(Sample.Key(Sample.Account()), false), Roles, new KeyOptions(), TestKeys.Format.Environments[0])
        {
            Index = index,
        };
}
