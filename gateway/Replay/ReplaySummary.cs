using System.Globalization;
using Gateway.Keys;

namespace Gateway;

/// <summary>Counts what became of a log's requests. Its size depends on the rules there are, not on the log.</summary>
/// <param name="format">Knows our keys, which are not printed.</param>
/// <param name="examples">How many of each kind are kept.</param>
internal sealed class ReplaySummary(KeyFormat format, int examples)
{
    private readonly Dictionary<(DenyReason? Reason, string Detail), Group> _groups = [];
    private long _open;
    private long _keyed;
    private long _noRequest;

    /// <summary>Lines so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Requests so far.</summary>
    public long Requests => _open + _keyed + Refused + _groups.Where(g => g.Key.Reason is null).Sum(g => g.Value.Count);

    /// <summary>Requests that would be refused.</summary>
    public long Refused => _groups.Where(g => g.Key.Reason is not null).Sum(g => g.Value.Count);

    /// <summary>Lines that could not be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>Counts a line that is not asked about.</summary>
    public void Skip() => Lines++;

    /// <summary>Counts the next line.</summary>
    public void Add(LoggedRequest request, Replayed? replayed)
    {
        Lines++;
        if (replayed is not { } said)
        {
            if (request.Kind is LogLineKind.Unreadable)
                Unreadable++;
            else
                _noRequest++;
        }
        else if (said.Policy is { } policy)
        {
            if (policy.Anonymous)
                _open++;
            else
                _keyed++;
        }
        else
        {
            GroupOf(said).Add(Lines, request, format, examples);
        }
    }

    /// <summary>Writes the summary.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine($"{Number(Requests)} requests in {Number(Lines)} lines");
        Line(_open, "reach a route that needs no key");
        Line(_keyed, "reach a route that needs a key");
        Line(Refused, "would be refused, of them " + Number(Answered) + " that were answered below 400 then");
        Line(Requests - _open - _keyed - Refused, "cannot be told");
        Line(_noRequest, "lines of connections without a request");
        Line(Unreadable, "lines that are no access log in a known format");
        foreach (
            var ((reason, detail), group) in _groups
                .OrderByDescending(g => g.Value.Answered)
                .ThenByDescending(g => g.Value.Count)
        )
        {
            var code = reason is { } r ? $"{Denials.For(r).Status} {Denials.For(r).Code}" : "cannot be told";
            output.WriteLine($"\n{code}: {detail}: {Number(group.Count)}, answered then: {Number(group.Answered)}");
            foreach (var example in group.Examples)
                output.WriteLine($"    {example}");
        }

        void Line(long count, string what)
        {
            if (count > 0)
                output.WriteLine($"{Number(count), 12}  {what}");
        }
    }

    private long Answered => _groups.Where(g => g.Key.Reason is not null).Sum(g => g.Value.Answered);

    private Group GroupOf(Replayed said)
    {
        var key = (said.Refusal, said.Detail ?? "");
        if (!_groups.TryGetValue(key, out var group))
            _groups[key] = group = new Group();
        return group;
    }

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private sealed class Group
    {
        public long Count { get; private set; }
        public long Answered { get; private set; }
        public List<string> Examples { get; } = [];

        public void Add(long line, LoggedRequest request, KeyFormat format, int most)
        {
            Count++;
            if (request.Status is < 400)
                Answered++;
            if (Examples.Count < most)
                Examples.Add($"line {line}: {Words(request, format)}{(request.Status is { } s ? $" ({s} then)" : "")}");
        }

        // The method may be anything too: only those that exist are repeated.
        private static string Words(LoggedRequest request, KeyFormat format)
        {
            if (request.Kind is LogLineKind.NotHttp)
                return "[not a request line]";
            var isWord = request.Method.Length <= 16 && request.Method.All(char.IsAsciiLetterUpper);
            return $"{(isWord ? request.Method : "[a method]")} {Redaction.Target(request.Target, format)}";
        }
    }
}
