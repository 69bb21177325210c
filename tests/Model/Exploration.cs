using System.Runtime.InteropServices;

namespace Gateway.Tests;

/// <summary>A protocol as states and steps: everything that can happen next, whoever does it and however long it took.</summary>
/// <typeparam name="TState">One state, a few machine words.</typeparam>
internal interface IModel<TState>
    where TState : struct, IEquatable<TState>
{
    /// <summary>Where it begins.</summary>
    TState Start { get; }

    /// <summary>Adds every step that is possible.</summary>
    void Steps(TState state, Moves<TState> moves);

    /// <summary>What the state breaks, in a sentence; null when nothing.</summary>
    string? Violation(TState state);

    /// <summary>The same state with parties that are alike put in order, so that it is visited once.</summary>
    TState Canonical(TState state) => state;
}

/// <summary>The steps from one state; reused from state to state.</summary>
internal sealed class Moves<TState>
    where TState : struct
{
    private readonly List<(string Actor, string What, TState Next)> _moves = [];

    /// <summary>Who acts in the moves that are added.</summary>
    public string Actor { get; set; } = "";

    /// <summary>The moves.</summary>
    public ReadOnlySpan<(string Actor, string What, TState Next)> All => CollectionsMarshal.AsSpan(_moves);

    /// <summary>Forgets all.</summary>
    public void Clear() => _moves.Clear();

    /// <summary>Adds one.</summary>
    public void Add(string what, TState next) => _moves.Add((Actor, what, next));
}

/// <summary>What an exploration found.</summary>
/// <param name="States">Different states visited.</param>
/// <param name="Steps">Steps taken from them.</param>
/// <param name="Depth">Steps of the longest way that had to be gone.</param>
/// <param name="IsWhole">Whether nothing is left to visit: it is every interleaving, of any length.</param>
/// <param name="Trace">The shortest way to a violation and the violation, a step a line; null when there is none.</param>
internal sealed record Findings(int States, long Steps, int Depth, bool IsWhole, string? Trace)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{States:N0} states, {Steps:N0} steps, {(IsWhole ? "whole" : "cut off")} at depth {Depth}"
        + (Trace is null ? ": no violation" : $": violation\n{Trace}");
}

/// <summary>Visits every state breadth first, so that the way to a violation is a shortest one.</summary>
internal sealed class Exploration<TState>(IModel<TState> model)
    where TState : struct, IEquatable<TState>
{
    private readonly Moves<TState> _moves = new();
    private TState[] _states = new TState[1 << 10];
    private int[] _from = new int[1 << 10];

    // Open addressing: a state's number plus one, 0 for none. Half of it at most is taken.
    private int[] _slots = new int[1 << 12];
    private int _count;

    /// <summary>Visits all there is, or stops at the first violation or at the bound.</summary>
    /// <param name="model">What to explore.</param>
    /// <param name="maxDepth">Longest way to go.</param>
    public static Findings Of(IModel<TState> model, int maxDepth = int.MaxValue) =>
        new Exploration<TState>(model).Run(maxDepth);

    private Findings Run(int maxDepth)
    {
        Visit(model.Canonical(model.Start), -1);
        var (depth, levelEnds, steps) = (0, 1, 0L);
        for (var at = 0; at < _count; at++)
        {
            if (at == levelEnds)
                (depth, levelEnds) = (depth + 1, _count);
            if (model.Violation(_states[at]) is { } violation)
                return new Findings(_count, steps, depth, false, TraceTo(at, violation));
            if (depth == maxDepth)
                continue;
            _moves.Clear();
            model.Steps(_states[at], _moves);
            foreach (ref readonly var move in _moves.All)
                Visit(model.Canonical(move.Next), at);
            steps += _moves.All.Length;
        }
        return new Findings(_count, steps, depth, depth < maxDepth, null);
    }

    private void Visit(TState state, int from)
    {
        var mask = _slots.Length - 1;
        var slot = state.GetHashCode() & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_states[_slots[slot] - 1].Equals(state))
                return;
        }
        if (_count == _states.Length)
        {
            Array.Resize(ref _states, 2 * _count);
            Array.Resize(ref _from, 2 * _count);
        }
        (_states[_count], _from[_count]) = (state, from);
        _slots[slot] = ++_count;
        if (_count * 2 > _slots.Length)
            Grow();
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        var mask = _slots.Length - 1;
        for (var i = 0; i < _count; i++)
        {
            var slot = _states[i].GetHashCode() & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = i + 1;
        }
    }

    // Gone again from the start with everybody under the name they began with.
    private string TraceTo(int at, string violation)
    {
        var way = new List<int>();
        for (var i = at; i > 0; i = _from[i])
            way.Add(i);
        way.Reverse();
        var (lines, state) = (new List<string>(), model.Start);
        foreach (var next in way)
        {
            _moves.Clear();
            model.Steps(state, _moves);
            var taken = _moves.All.ToArray().First(m => model.Canonical(m.Next).Equals(_states[next]));
            lines.Add($"{lines.Count + 1, 3}  {taken.Actor} {taken.What}");
            state = taken.Next;
        }
        return string.Join('\n', lines.Append("  =  " + violation));
    }
}

/// <summary>Fields of a machine word.</summary>
internal static class Bits
{
    /// <summary>The field of a width at a place.</summary>
    public static int Get(ulong word, int at, int width) => (int)(word >> at) & ((1 << width) - 1);

    /// <summary>The word with another value there.</summary>
    public static ulong Set(ulong word, int at, int width, int value)
    {
        var mask = ((1UL << width) - 1) << at;
        return (word & ~mask) | (((ulong)value << at) & mask);
    }

    /// <summary>Spreads words over a hash code.</summary>
    public static int Hash(ulong one, ulong two = 0, ulong three = 0)
    {
        var hash = one * 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 29) ^ two) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 32) ^ three) * 0x94D049BB133111EB;
        return (int)((hash ^ (hash >> 31)) & 0x7FFFFFFF);
    }
}
