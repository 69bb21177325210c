using System.Runtime.InteropServices;

namespace Gateway.Tests;

/// <summary>An exploration visits everything once, and finds a shortest way.</summary>
public sealed class ExplorationTests
{
    [Fact]
    public void EveryState_IsVisitedOnce()
    {
        var findings = Exploration<Counters>.Of(new Counting(100, Wrong: -1));

        Assert.Equal((100 * 100, true, null), (findings.States, findings.IsWhole, findings.Trace));
        Assert.Equal(2 * 100 * 100, findings.Steps);
        Assert.Equal(2 * 99, findings.Depth);
    }

    [Fact]
    public void StatesThatAreAlike_AreVisitedAsOne() =>
        Assert.Equal(100 * 101 / 2, Exploration<Counters>.Of(new Counting(100, Wrong: -1, Sorts: true)).States);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Violation_IsFoundByAShortestWay_InNamesThatStay(bool sorts)
    {
        var findings = Exploration<Counters>.Of(new Counting(10, Wrong: 2, sorts));

        Assert.False(findings.IsWhole);
        Assert.Equal(
            """
              1  one counts
              2  one counts
              3  other counts
              4  other counts
              =  both are 2
            """,
            findings.Trace
        );
    }

    [Fact]
    public void Bound_LeavesTheRestUnvisited_AndSaysSo()
    {
        var findings = Exploration<Counters>.Of(new Counting(10, Wrong: 2), maxDepth: 3);

        Assert.Equal((10, false, null), (findings.States, findings.IsWhole, findings.Trace));
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Counters(int One, int Other);

    // Two that count up to a size and begin again.
    private sealed record Counting(int Size, int Wrong, bool Sorts = false) : IModel<Counters>
    {
        public Counters Start => default;

        public void Steps(Counters state, Moves<Counters> moves)
        {
            moves.Actor = "one";
            moves.Add("counts", state with { One = (state.One + 1) % Size });
            moves.Actor = "other";
            moves.Add("counts", state with { Other = (state.Other + 1) % Size });
        }

        public string? Violation(Counters state) =>
            state.One == Wrong && state.Other == Wrong ? $"both are {Wrong}" : null;

        public Counters Canonical(Counters state) =>
            Sorts && state.Other > state.One ? new(state.Other, state.One) : state;
    }
}
