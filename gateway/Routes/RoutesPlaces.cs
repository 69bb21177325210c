using System.Globalization;
using System.Text.Json;

namespace Gateway;

/// <summary>Where in a routes file what a problem is about stands. Problems name it by its path,
/// <c>Routes:read:Metadata:Access</c>; what is missing stands where it would have to be added.</summary>
internal sealed class RoutesPlaces
{
    private static readonly JsonReaderOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    private readonly Dictionary<string, long> _at = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<long> _lines = [0];

    /// <summary>Looks for all names of a file; what cannot be read of it has no place.</summary>
    public RoutesPlaces(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'\n')
                _lines.Add(i + 1);
        }
        try
        {
            Walk(new Utf8JsonReader(text, Options));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What comes before the fault has been found.
        }
    }

    /// <summary>Line and column of what a problem is about, from 1; null when it is about the file as a whole.</summary>
    public (int Line, int Column)? Of(string problem)
    {
        if (Stated(problem) is { } stated)
            return stated;
        var end = problem.IndexOf(": ", StringComparison.Ordinal);
        var path = end < 0 ? "" : problem[..end];
        while (path.Length > 0 && !_at.ContainsKey(path))
            path = path[..Math.Max(0, path.LastIndexOf(':'))];
        return path.Length == 0 ? null : Place(_at[path]);
    }

    private void Walk(Utf8JsonReader reader)
    {
        var open = new Stack<Level>();
        var name = "";
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                open.Pop();
                continue;
            }
            if (reader.TokenType is JsonTokenType.PropertyName)
            {
                name = RoutesJson.Join(open.Peek().Path, reader.GetString()!);
                _at.TryAdd(name, reader.TokenStartIndex);
                continue;
            }
            var path = name;
            if (open.TryPeek(out var list) && list.IsList)
            {
                path = $"{list.Path}:{list.Count++}";
                _at.TryAdd(path, reader.TokenStartIndex);
            }
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                open.Push(new Level(open.Count == 0 ? "" : path, reader.TokenType is JsonTokenType.StartArray));
        }
    }

    private (int Line, int Column) Place(long at)
    {
        var line = _lines.BinarySearch(at);
        line = line < 0 ? ~line - 1 : line;
        return (line + 1, (int)(at - _lines[line]) + 1);
    }

    // "line 3, column 5: …", as RoutesJson says of what is not JSON.
    private static (int Line, int Column)? Stated(string problem)
    {
        var words = problem.Split([' ', ',', ':'], 6, StringSplitOptions.RemoveEmptyEntries);
        return
            words is ["line", var line, "column", var column, ..]
            && int.TryParse(line, CultureInfo.InvariantCulture, out var atLine)
            && int.TryParse(column, CultureInfo.InvariantCulture, out var atColumn)
            ? (atLine, atColumn)
            : null;
    }

    private sealed class Level(string path, bool isList)
    {
        public string Path => path;
        public bool IsList => isList;
        public int Count { get; set; }
    }
}
