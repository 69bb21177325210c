using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>The fields are lists of strings as RFC 9651 writes them.</summary>
public sealed class LimitFieldsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1_000_000, 86_400)]
    public void Policy_IsAListOfOneNamedPolicy(int requests, int seconds)
    {
        foreach (var name in new[] { LimitFields.Key, LimitFields.KeyRefusals, LimitFields.AddressRefusals })
        {
            var member = Assert.Single(StructuredFields.ReadList([LimitFields.Policy(name, requests, seconds)]));

            Assert.Equal(name, member.Value);
            Assert.Equal([("q", requests), ("w", seconds)], member.Parameters.Select(p => (p.Key, (int)p.Value)));
        }
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.0001, 1)]
    [InlineData(1.0, 1)]
    [InlineData(1.0001, 2)]
    [InlineData(172_800, 172_800)]
    [InlineData(-3, 1)]
    public void Limit_TellsWholeSeconds_RoundedUp_AndRetryAfterNoSooner(double wait, long seconds)
    {
        var answer = new LimitAnswer(false, 12, TimeSpan.FromSeconds(wait));

        var member = Assert.Single(StructuredFields.ReadList([LimitFields.Limit("key", answer)]));

        Assert.Equal(("key", 12, seconds), (member.Value, member.Parameters["r"], member.Parameters["t"]));
        Assert.Equal($"{seconds}", LimitFields.RetryAfter(answer));
    }

    // The reader of the tests is held to the rules too: what it let pass would prove nothing.
    [Theory]
    [InlineData("\"a\";q=1 , \t\"b\";q=2;w=3;w=4", 2)]
    [InlineData("  \"a \\\"\\\\\"; q=-1  ", 1)]
    [InlineData("", 0)]
    public void Reader_TakesWhatTheRulesAllow(string text, int members) =>
        Assert.Equal(members, StructuredFields.ReadList([text]).Count);

    [Theory]
    [InlineData("a;q=1")]
    [InlineData("\"a\";q=1,")]
    [InlineData("\"a\";q=1,,\"b\"")]
    [InlineData("\"a\" ;q=1")]
    [InlineData("\"a\";q = 1")]
    [InlineData("\"a\";Q=1")]
    [InlineData("\"a\";q=1.5")]
    [InlineData("\"a\";q=+1")]
    [InlineData("\"a\";q=1234567890123456")]
    [InlineData("\"a")]
    [InlineData("\"\\a\"")]
    [InlineData("\"ä\"")]
    [InlineData("limit=100, remaining=50")]
    [InlineData("'a';q=1")]
    [InlineData("\t\"a\"")]
    public void Reader_RefusesWhatTheyDoNot(string text) =>
        Assert.Throws<FormatException>(() => StructuredFields.ReadList([text]));
}
