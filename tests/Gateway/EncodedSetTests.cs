namespace Gateway.Tests;

/// <summary>What a route may allow beyond what every route takes.</summary>
public sealed class EncodedSetTests
{
    [Theory]
    [InlineData(";", ";")]
    [InlineData("; ? #", ";?#")]
    [InlineData("%3B%3f", ";?")]
    [InlineData("", "")]
    [InlineData("a;|", ";")]
    public void WhatIsAllowed_IsRead(string written, string means)
    {
        var set = EncodedSet.Parse(written, out var problem);
        Assert.Null(problem);
        Assert.Equal(means.Length is 0, set.IsEmpty);
        foreach (var character in ";?#")
        {
            var one = EncodedSet.Parse(character.ToString(), out _);
            Assert.Equal(means.Contains(character), one.IsWithin(set));
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("%2f")]
    [InlineData("\\")]
    [InlineData(".")]
    [InlineData("%2E")]
    [InlineData("%")]
    [InlineData("%25")]
    [InlineData("%00")]
    [InlineData("%0a")]
    [InlineData("\t")]
    [InlineData("; %2F")]
    [InlineData("\u00e9")]
    public void WhatIsNeverAllowed_IsAProblem(string written)
    {
        Assert.True(EncodedSet.Parse(written, out var problem).IsEmpty);
        Assert.Contains("never", problem, StringComparison.Ordinal);
    }
}
