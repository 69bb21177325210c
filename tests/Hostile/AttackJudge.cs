using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>Holds what came of a request to what may.</summary>
public static partial class AttackJudge
{
    /// <summary>Judges.</summary>
    /// <param name="attack">What was sent.</param>
    /// <param name="answer">What came back.</param>
    /// <param name="begun">Requests whose headers arrived upstream.</param>
    /// <param name="whole">Those that arrived whole.</param>
    /// <param name="fill">Fills in a text.</param>
    public static AttackVerdict Judge(
        AttackCase attack,
        AttackAnswer answer,
        IReadOnlyList<RecordedRequest> begun,
        IReadOnlyList<RecordedRequest> whole,
        Func<string, string> fill
    )
    {
        var expect = attack.Expect;
        List<string> escalations =
        [
            .. begun.SelectMany(r => Beyond(r, expect, [.. expect.Granted.Select(fill)])),
            .. begun.SelectMany(r => ToldFalsely(r, expect, fill)),
        ];
        List<string> faults = [.. escalations, .. Answered(answer, expect, fill)];
        var count = whole.Count;
        if (count > expect.Arrivals)
            faults.Add(
                $"{count} requests arrived, {expect.Arrivals} may: {string.Join(" | ", whole.Select(r => r.Line))}"
            );
        if (expect.MustArrive > 0)
            faults.AddRange(AsSent(attack, answer, whole, fill));
        return new(attack, answer, [.. begun.Select(r => r.Line)], escalations.FirstOrDefault(), faults);
    }

    private static IEnumerable<string> Beyond(
        RecordedRequest request,
        Expectation expect,
        IReadOnlyList<string> granted
    )
    {
        if (request.Line.Split(' ').Length is not 3)
            yield return $"'{request.Line}' arrived, which is no request line";
        else if (PathReadings.Beyond(request.Target, granted) is { } reading)
            yield return $"'{request.Line}' arrived, which can be read as '{reading}'";
        else if (expect.Methods.Count > 0 && !expect.Methods.Contains(request.Method))
            yield return $"the method {request.Method} arrived";
    }

    private static IEnumerable<string> ToldFalsely(
        RecordedRequest request,
        Expectation expect,
        Func<string, string> fill
    )
    {
        foreach (var name in expect.AbsentHeaders.Select(fill))
        {
            if (request.Values(name).Length > 0)
                yield return $"the header {name} arrived";
        }

        foreach (var text in expect.Absent.Select(fill))
        {
            foreach (var header in request.Headers.Where(h => Has(h.Value, text)))
                yield return $"{header.Key} arrived with '{text}'";
        }

        foreach (var text in expect.AbsentText.Select(fill))
        {
            if (Has(request.Line, text) || request.Headers.Any(h => Has($"{h.Key}: {h.Value}", text)))
                yield return $"'{text}' arrived";
        }

        foreach (var name in expect.Once.Select(fill))
        {
            if (request.Values(name) is { Length: not 1 } values)
                yield return $"{name} arrived {values.Length} times";
        }
    }

    private static IEnumerable<string> Answered(AttackAnswer answer, Expectation expect, Func<string, string> fill)
    {
        if (!expect.Takes(answer.Status))
            yield return $"answered {answer.Status}, not {string.Join(" or ", expect.Status)}";
        foreach (var (name, pattern) in expect.Answer)
        {
            if (!answer.Header(name).Any(v => Regex.IsMatch(v, pattern)))
                yield return $"the answer's {name} is not {pattern}";
        }

        foreach (var text in expect.AnswerAbsent.Select(fill))
        {
            if (Has(answer.Text, text))
                yield return $"the answer has '{text}'";
        }
    }

    // A request that is fine arrives as it was sent, once.
    private static IEnumerable<string> AsSent(
        AttackCase attack,
        AttackAnswer answer,
        IReadOnlyList<RecordedRequest> whole,
        Func<string, string> fill
    )
    {
        var expect = attack.Expect;
        if (whole.Count != expect.MustArrive)
        {
            yield return $"{whole.Count} requests arrived, {expect.MustArrive} must";
            yield break;
        }

        if (attack.Raw is not null && answer.Statuses.Count(expect.Takes) != expect.MustArrive)
            yield return $"answered {string.Join(", ", answer.Statuses)}";
        var first = whole[0];
        var target = fill(
            attack.Raw is { } raw
                ? RequestLine().Match(raw).Groups[1].Value
                : attack.Fields!.First(f => f.Contains('/')).Replace(":path=", "GET ").Split(' ', 2)[1]
        );
        if (first.Target != target)
            yield return $"'{first.Target}' arrived for '{target}'";
        if (expect.Body is { } body && first.Text != fill(body))
            yield return $"the body arrived as '{first.Text[..Math.Min(80, first.Text.Length)]}'";
        foreach (var line in expect.Present.Select(fill))
        {
            var (name, value) = (line.Split(':', 2)[0], line.Split(':', 2)[1].Trim(' '));
            if (!first.Values(name).Contains(value))
                yield return $"'{line}' did not arrive, but '{string.Join("', '", first.Values(name))}'";
        }
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"[A-Z]+ (\S+) HTTP/1")]
    private static partial Regex RequestLine();
}
