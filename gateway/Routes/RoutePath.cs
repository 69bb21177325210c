using Microsoft.AspNetCore.Routing.Patterns;

namespace Gateway;

/// <summary>
/// A route's path, made for comparing it with others: do two share a request, does one take all that the other takes.
/// Case does not matter, as in routing. Where it is costly to know, <see cref="Overlaps"/> says yes and
/// <see cref="Covers"/> no: the careful answers.
/// </summary>
internal sealed class RoutePath
{
    private readonly Segment[] _segments;
    private readonly bool _catchAll;
    private readonly bool _catchAllIsFree;

    public RoutePath(RoutePattern pattern, ParameterPolicyFactory constraints)
    {
        _segments = [.. pattern.PathSegments.Select(s => Read(s, constraints))];
        Precedence = pattern.InboundPrecedence;
        if (_segments is not [.., { CatchAll: true } rest])
            return;
        _catchAll = true;
        _catchAllIsFree = rest.Constraints.Count == 0;
        _segments = _segments[..^1];
    }

    /// <summary>Routing's own rank: of two patterns that match, the one with the smaller number is chosen.</summary>
    public decimal Precedence { get; }

    /// <summary>Whether some path matches both.</summary>
    public bool Overlaps(RoutePath other)
    {
        var shared = Math.Min(_segments.Length, other._segments.Length);
        for (var i = 0; i < shared; i++)
        {
            if (!_segments[i].Overlaps(other._segments[i]))
                return false;
        }
        return _segments.Length == shared ? _catchAll || other.MayEndAt(shared) : other._catchAll || MayEndAt(shared);
    }

    /// <summary>Whether every path that matches <paramref name="other"/> matches this.</summary>
    public bool Covers(RoutePath other)
    {
        for (var i = 0; i < _segments.Length; i++)
        {
            var theirs = i < other._segments.Length ? other._segments[i] : null;
            if (theirs is null && (!_segments[i].Optional || other._catchAll))
                return false;
            if (theirs is not null && (!_segments[i].Covers(theirs) || theirs.Optional && !_segments[i].Optional))
                return false;
        }
        return _catchAllIsFree || other._segments.Length <= _segments.Length && !other._catchAll;
    }

    private bool MayEndAt(int index) => index >= _segments.Length || _segments[index].Optional;

    private static Segment Read(RoutePatternPathSegment segment, ParameterPolicyFactory constraints)
    {
        if (segment is { IsSimple: true, Parts: [RoutePatternLiteralPart literal] })
            return new Segment(literal.Content.ToLowerInvariant(), [], false, false);
        if (segment is { IsSimple: true, Parts: [RoutePatternParameterPart parameter] })
            return new Segment(
                null,
                RoutePaths.Constraints(parameter, constraints) ?? [],
                parameter.IsOptional || parameter.Default is not null,
                parameter.IsCatchAll
            );
        return new Segment(null, [], false, false)
        {
            Head = (segment.Parts[0] as RoutePatternLiteralPart)?.Content ?? "",
            Tail = (segment.Parts[^1] as RoutePatternLiteralPart)?.Content ?? "",
            Mixed = true,
        };
    }

    /// <summary>One segment: a literal, a value with constraints, or a mix of both such as <c>v{version}.json</c>.</summary>
    private sealed record Segment(
        string? Literal,
        IReadOnlyList<IRouteConstraint> Constraints,
        bool Optional,
        bool CatchAll
    )
    {
        public string Head { get; init; } = "";
        public string Tail { get; init; } = "";
        public bool Mixed { get; init; }

        public bool Overlaps(Segment other)
        {
            // By far the most frequent: both literal, and another.
            if (Literal is not null && other.Literal is not null)
                return string.Equals(Literal, other.Literal, StringComparison.Ordinal);
            if (Literal is not null)
                return other.Takes(Literal);
            if (other.Literal is not null)
                return Takes(other.Literal);
            return Compatible(Head, other.Head, (a, b) => a.StartsWith(b, StringComparison.OrdinalIgnoreCase))
                && Compatible(Tail, other.Tail, (a, b) => a.EndsWith(b, StringComparison.OrdinalIgnoreCase));
        }

        public bool Covers(Segment other) =>
            Literal is not null
                ? other.Literal is not null && Takes(other.Literal)
                : !Mixed && (Constraints.Count == 0 || other.Literal is not null && Takes(other.Literal));

        private bool Takes(string text)
        {
            if (Literal is not null)
                return text.Equals(Literal, StringComparison.OrdinalIgnoreCase);
            if (Mixed)
                return text.StartsWith(Head, StringComparison.OrdinalIgnoreCase)
                    && text.EndsWith(Tail, StringComparison.OrdinalIgnoreCase);
            var values = new RouteValueDictionary { ["value"] = text };
            return Constraints.All(c => c.Match(null, null, "value", values, RouteDirection.IncomingRequest));
        }

        private static bool Compatible(string a, string b, Func<string, string, bool> begins) =>
            begins(a, b) || begins(b, a);
    }
}
