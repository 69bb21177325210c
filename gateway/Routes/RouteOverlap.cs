namespace Gateway;

/// <summary>
/// Finds routes that overlap so that a caller picks the policy it is judged by.
///
/// <code>
///   strict   GET /v1/orders/{**rest}   Permissions orders:read     what a caller is meant to get
///   lax          /v1/{**rest}          Access key                  what POST /v1/orders/1 gets instead
/// </code>
///
/// A route narrows itself by methods, hosts, headers and query; a request that misses one of these falls through to the
/// next route that matches. When that one is laxer and does not itself say anything on what was missed, nobody decided
/// that: it is a problem. When it does (<c>GET</c> here, <c>POST</c> there), somebody did; where the choice is then the
/// client's (a header's value), it is a warning. Paths are no such narrowing: who asks for another path asks for another
/// thing. Two more faults are found on the way: routes between which routing cannot choose (it answers 500), and an
/// <c>Order</c> that puts a laxer route before a stricter one.
///
/// Every pair is looked at, so the first comparison, of the paths' first segments, must be cheap.
/// </summary>
internal sealed class RouteOverlap(
    IReadOnlyList<string> environments,
    ICollection<string> problems,
    ICollection<string> warnings
)
{
    /// <summary>Adds a line for each fault.</summary>
    public void Check(IEnumerable<JudgedRoute> routes)
    {
        var ranked = routes.ToList();
        ranked.Sort(JudgedRoute.Compare);
        var sharing = FindSharing(ranked);
        for (var i = 0; i < ranked.Count; i++)
        {
            var caught = new Caught(ranked[i]);
            foreach (var j in sharing[i])
            {
                if (JudgedRoute.Compare(ranked[i], ranked[j]) <= 0)
                    CheckFallThrough(ranked[i], ranked[j], caught);
                if (i < j)
                    CheckPair(ranked[i], ranked[j]);
                caught.Add(ranked[j]);
            }
        }
    }

    /// <summary>For each route, in its rank, those that share a path with it, in theirs.</summary>
    private static List<int>[] FindSharing(List<JudgedRoute> ranked)
    {
        List<int>[] sharing = [.. ranked.Select(_ => new List<int>())];
        for (var i = 0; i < ranked.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!ranked[i].Path.Overlaps(ranked[j].Path))
                    continue;
                sharing[i].Add(j);
                sharing[j].Add(i);
            }
        }
        return sharing;
    }

    private void CheckFallThrough(JudgedRoute strict, JudgedRoute lax, Caught caught)
    {
        if (WhyLaxer(lax, strict) is not { } why)
            return;
        foreach (var miss in Miss.Find(strict, lax).Where(m => !caught.Has(m)))
            problems.Add(
                $"Routes:{lax.Id}: overlaps the stricter '{strict.Id}': a request {miss.Words} is judged here, which {why}; "
                    + $"say something on it here too, or add a route with the path of '{strict.Id}', as strict, that does not"
            );
    }

    private void CheckPair(JudgedRoute first, JudgedRoute second)
    {
        if (!first.Shares(second))
            return;
        if (JudgedRoute.Compare(first, second) == 0)
            CheckTie(first, second);
        if (first.Order != second.Order && JudgedRoute.CompareWithoutOrder(first, second) >= 0)
            CheckOrder(first, second);
        CheckChoice(first, second, comesFirst: true);
        CheckChoice(second, first, comesFirst: false);
    }

    private void CheckTie(JudgedRoute a, JudgedRoute b)
    {
        if (a.Conditions.SequenceEqual(b.Conditions))
            problems.Add(
                $"Routes:{b.Id}: takes the same path, methods, hosts and conditions as '{a.Id}' for some requests, and "
                    + "neither comes first; take one away or state Order"
            );
        else
            warnings.Add(
                $"Routes:{b.Id}: a request that meets the conditions of '{a.Id}' too is answered 500; state Order"
            );
    }

    private void CheckOrder(JudgedRoute first, JudgedRoute second)
    {
        if (first.Conditions.Except(second.Conditions).Any())
            return; // It comes first only for requests that carry something; CheckChoice warns of that.
        if (WhyLaxer(first, second) is { } why)
            problems.Add($"Routes:{first.Id}:Order: puts it before the stricter '{second.Id}': it {why}");
    }

    private void CheckChoice(JudgedRoute lax, JudgedRoute strict, bool comesFirst)
    {
        if (WhyLaxer(lax, strict) is not { } why)
            return;
        foreach (var condition in lax.Conditions.Except(strict.Conditions))
        {
            if (comesFirst || strict.Conditions.Any(c => c.Subject == condition.Subject))
                warnings.Add(
                    $"Routes:{lax.Id}: the client chooses between this and the stricter '{strict.Id}' by "
                        + $"{condition.Subject}: this {why}"
                );
        }
    }

    private string? WhyLaxer(JudgedRoute route, JudgedRoute strict) =>
        PolicyStrictness.WhyLaxer(route.Policy, strict.Policy, environments);

    /// <summary>
    /// What requests that miss something of a route fall into before they reach the laxer one: a route for the same paths
    /// that asks nothing of what was missed. That route is then held against the laxer one itself.
    /// </summary>
    private sealed class Caught(JudgedRoute route)
    {
        // What the guard lets through; a set of routes that takes all of them leaves no method to miss.
        private static readonly string[] AllMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

        private readonly HashSet<string> _subjects = new(StringComparer.Ordinal);
        private readonly HashSet<string> _methods = new(route.Methods ?? [], StringComparer.OrdinalIgnoreCase);

        public bool Has(Miss miss) => _subjects.Contains(miss.Subject);

        public void Add(JudgedRoute other)
        {
            if (!other.Path.Covers(route.Path) || other.Conditions.Except(route.Conditions).Any())
                return;
            var methods = Takes(other.Methods, route.Methods);
            var hosts = Takes(other.Hosts, route.Hosts);
            if (hosts)
                _methods.UnionWith(other.Methods ?? AllMethods);
            if (_methods.IsSupersetOf(AllMethods))
                _subjects.Add(Miss.Method);
            if (methods && other.Hosts is null)
                _subjects.Add(Miss.Host);
            if (methods && hosts)
                _subjects.UnionWith(
                    route.Conditions.Select(c => c.Subject).Except(other.Conditions.Select(c => c.Subject))
                );
        }

        private static bool Takes(IReadOnlyList<string>? all, IReadOnlyList<string>? some) =>
            all is null || some is not null && !some.Except(all, StringComparer.OrdinalIgnoreCase).Any();
    }

    /// <summary>Something a route asks that a request can fail to have.</summary>
    private readonly record struct Miss(string Subject, string Words)
    {
        public const string Method = "method";
        public const string Host = "host";

        /// <summary>What <paramref name="first"/> asks and <paramref name="second"/> says nothing on, while a request
        /// that misses it can reach <paramref name="second"/>.</summary>
        public static IEnumerable<Miss> Find(JudgedRoute first, JudgedRoute second)
        {
            var hosts = first.SharesHost(second);
            var methods = first.SharesMethod(second);
            if (first.Methods is not null && second.Methods is null && hosts)
                yield return new Miss(Method, "with another method");
            if (first.Hosts is not null && second.Hosts is null && methods)
                yield return new Miss(Host, "for another host");
            if (!hosts || !methods)
                yield break;
            foreach (var asked in first.Conditions)
            {
                var said = second.Conditions.Where(c => c.Subject == asked.Subject).ToList();
                if (said.Count == 0 || asked.NeedsPresence && !said.Exists(c => c.NeedsPresence))
                    yield return new Miss(asked.Subject, (asked.NeedsPresence ? "without " : "with ") + asked.Subject);
            }
        }
    }
}
