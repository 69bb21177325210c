using System.Globalization;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>Reads the query of a listing and notes everything that is wrong with it: a misspelled filter must not be
/// dropped silently.</summary>
public sealed class QueryFields(IQueryCollection query)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;
    private const int MaxLength = 200;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors = [];

    /// <summary>Text; null when absent.</summary>
    public string? Text(string name)
    {
        _known.Add(name);
        var values = query[name];
        if (values.Count == 0)
            return null;
        if (values is [{ Length: > 0 and <= MaxLength } text] && !text.Any(char.IsControl))
            return text;
        Refuse(name, "INVALID", $"Must be once, 1 to {MaxLength} characters.");
        return null;
    }

    /// <summary>Where a page goes on; null for the first. What is none would be a page all the same, and the wrong one.</summary>
    /// <param name="prefix">What ids of what is listed begin with.</param>
    public string? Cursor(string prefix)
    {
        var cursor = Text("cursor");
        if (cursor?.StartsWith(prefix, StringComparison.Ordinal) is false)
            Refuse("cursor", "INVALID", "Must be the nextCursor of the page before.");
        return cursor;
    }

    /// <summary>One of an enum's values, in lower case; null when absent.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString().ToLowerInvariant(), text, StringComparison.Ordinal))
                return value;
        }
        Refuse(name, "INVALID", "Must be one of: " + string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant());
        return null;
    }

    /// <summary>True or false; false when absent.</summary>
    public bool Flag(string name)
    {
        var text = Text(name);
        if (text is not (null or "true" or "false"))
            Refuse(name, "INVALID", "Must be true or false.");
        return text == "true";
    }

    /// <summary>An instant (RFC 3339); null when absent.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (Fields.TryParseInstant(text, out var instant))
            return instant;
        Refuse(name, "INVALID_INSTANT", "Must be an instant such as 2030-12-31T23:59:59Z (RFC 3339).");
        return null;
    }

    /// <summary>The size of a page.</summary>
    public int Limit()
    {
        if (Text("limit") is not { } text)
            return DefaultLimit;
        const NumberStyles Style = NumberStyles.None;
        if (int.TryParse(text, Style, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit)
            return limit;
        Refuse("limit", "OUT_OF_RANGE", $"Must be 1 to {MaxLimit}.");
        return DefaultLimit;
    }

    /// <summary>The refusal, once every field that is known was asked for; null when nothing is wrong.</summary>
    public Problem? Problem()
    {
        foreach (var name in query.Keys.Where(k => !_known.Contains(k)))
            Refuse(name, "UNKNOWN_PARAMETER", Fields.NoSuch("parameter", _known));
        return _errors.Count == 0 ? null : Problems.Validation(_errors);
    }

    private void Refuse(string name, string code, string message) => _errors.Add(new FieldError(name, code, message));
}
