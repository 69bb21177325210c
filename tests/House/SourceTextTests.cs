namespace Gateway.Tests;

/// <summary>The house rules are only as good as their reading of a file.</summary>
public sealed class SourceTextTests
{
    private const string Sample = """"
        namespace Sample;

        /// <summary>{ is no brace here.</summary>
        public sealed record Point(int X, int Y);

        [Serializable]
        public class Outer
        {
            private const string Brace = "{ \" {"; // {
            private readonly int[] _numbers = new[] { 1, 2 };

            public int Value { get; init; } =
                7;

            public static string Name(int n = 3) =>
                n switch
                {
                    1 => $"one {n}",
                    _ => """
                        { raw
                        """,
                };

            public bool operator !=(int a, Outer b)
            {
                if (a == '{')
                {
                    return true;
                }
                return false;
            }

            private enum Inner { A, B = 2 }
        }
        """";

    [Fact]
    public void TypesAndMembers_AreFound_WithTheirLines()
    {
        var (types, members) = SourceText.Parse(Sample);

        Assert.Equal(["Point:4", "Outer:6", "Inner:33"], types.Select(t => $"{t.Name}:{t.Line}"));
        Assert.Equal(
            [("Outer", 9, 1), ("Outer", 10, 1), ("Outer", 12, 2), ("Outer", 15, 8), ("Outer", 24, 8)],
            members.Select(m => (m.Type, m.Line, m.Lines))
        );
    }

    [Fact]
    public void Blanking_KeepsEveryLineWhereItWas() =>
        Assert.Equal(Sample.Split('\n').Length, SourceText.Blank(Sample).Split('\n').Length);
}
