namespace Gateway.Tests;

/// <summary>A history, taken in: what every rule looks at.</summary>
internal sealed class CheckerEvidence
{
    private readonly Dictionary<string, RouteFacts> _routes;

    public CheckerEvidence(History history)
    {
        History = history;
        Clock = new CheckerClock(history);
        Positions = new CheckerPositions(history, Clock);
        Troubles = new CheckerTroubles(history);
        Feed = new CheckerFeed(history, Positions, Troubles);
        Calls = [.. history.All<Call>()];
        Streams = [.. history.All<StreamLife>()];
        Writes = [.. history.All<AdminWrite>()];
        Lives = [.. history.All<ProcessLife>()];
        End = history
            .All<Call>()
            .Select(c => c.End)
            .Concat(Streams.Select(s => s.Closed ?? s.Opened))
            .DefaultIfEmpty()
            .Max();
        _routes = history.Header.Routes.ToDictionary(r => r.Name);
    }

    public History History { get; }
    public CheckerClock Clock { get; }
    public CheckerPositions Positions { get; }
    public CheckerFeed Feed { get; }
    public CheckerTroubles Troubles { get; }
    public IReadOnlyList<Call> Calls { get; }
    public IReadOnlyList<StreamLife> Streams { get; }
    public IReadOnlyList<AdminWrite> Writes { get; }
    public IReadOnlyList<ProcessLife> Lives { get; }

    /// <summary>Until when streams were watched, at least.</summary>
    public TimeSpan End { get; }

    /// <summary>After this a gateway is lost whatever has become of it.</summary>
    public TimeSpan LostAfter => (History.Header.Lease + _routes.Values.Max(r => r.MaxStaleness)) * Allowance.Drift;

    /// <summary>What a route demands.</summary>
    public RouteFacts Route(string name) => _routes[name];

    /// <summary>What a call was, as far as the verdict depends on it.</summary>
    public Asked Asked(Call call) => new(_routes[call.Route], call.Client, call.Wallet);

    /// <summary>What the request was that opened a stream.</summary>
    public Asked Asked(StreamLife stream) => new(_routes[stream.Route], stream.Client, stream.Wallet);

    /// <summary>
    /// All right answers: of the key and its account, each as it may have been after some change between two, at some
    /// instant between two. The two are not tied together, as a gateway might hold them apart.
    /// </summary>
    /// <param name="key">The key; null for none.</param>
    /// <param name="asked">The request.</param>
    /// <param name="after">The last change that must be known of.</param>
    /// <param name="upTo">The last change that can have been seen.</param>
    /// <param name="begin">From when on it may have been judged; the clocks' tolerance is added here.</param>
    /// <param name="end">Until when.</param>
    public Verdicts Admissible(string? key, Asked asked, long after, long upTo, TimeSpan begin, TimeSpan end)
    {
        if (key is null)
            return Verdicts.Unauthorized;
        // Nobody knew the credential before it was made, so nobody can have remembered it as unknown.
        if (!Feed.Made.TryGetValue(key, out var made))
            return Verdicts.InvalidApiKey;
        after = Math.Max(after, made.Number);
        var (first, last) = (Clock.ToWall(begin - Allowance.Clock), Clock.ToWall(end + Allowance.Clock));
        var all = Verdicts.None;
        foreach (var suspended in Feed.Account(made.Account).Between(after, upTo))
        {
            foreach (var state in Feed.Key(key).Between(after, upTo))
            {
                all |= VerdictModel.Judge(state, suspended, asked, first);
                if (state.EndsAt is not null)
                    all |= VerdictModel.Judge(state, suspended, asked, last);
                if (state.Deadline == KeyState.SomeDeadline)
                    all |= Verdicts.ExpiredApiKey;
            }
        }
        return all;
    }
}
