using System.Globalization;
using System.Text.Json;
using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>
/// Reads the fields of a JSON object and notes everything that is wrong, so that a caller hears of it all at once: wrong
/// types, names nobody asked for (a misspelled restriction must not be dropped silently) and names that occur twice
/// (two readers could each believe another one).
/// </summary>
public sealed class Fields
{
    private const int MaxNameLength = 64;

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors;
    private readonly string _path;
    private readonly KeyFormat? _secrets;

    private Fields(JsonElement json, string path, List<FieldError> errors, KeyFormat? secrets)
    {
        (_path, _errors, _secrets) = (path, errors, secrets);
        foreach (var property in json.EnumerateObject())
        {
            if (!_values.TryAdd(property.Name, property.Value))
                Refuse(property.Name, "DUPLICATE_FIELD", "Occurs more than once.");
        }
    }

    /// <summary>Reads a whole body.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="read">Asks for every field it knows.</param>
    /// <param name="errors">Gets everything that is wrong; the result may be used as a request only when there was
    /// nothing.</param>
    /// <param name="secrets">Form of the keys that no text may have in it: whoever pastes one where it is kept would show it
    /// to everybody who may see the account. Null where a key is what is asked for.</param>
    public static T Read<T>(JsonElement json, Func<Fields, T> read, List<FieldError> errors, KeyFormat? secrets)
        where T : class => new Fields(json, "", errors, secrets).ReadAll(read);

    /// <summary>Whether a name was sent, with null or not.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The names that were sent, those with null too: tells "leave it" from "clear it".</summary>
    public IReadOnlySet<string> Given => _values.Keys.ToHashSet(StringComparer.Ordinal);

    /// <summary>Notes that a field cannot be taken.</summary>
    public void Refuse(string name, string code, string message) =>
        _errors.Add(new FieldError(_path + Clip(name), code, message));

    /// <summary>The same, unless it was noted already that the field cannot be taken.</summary>
    public void RefuseOnce(string name, string code, string message)
    {
        if (!_errors.Exists(e => string.Equals(e.Field, _path + name, StringComparison.Ordinal)))
            Refuse(name, code, message);
    }

    /// <summary>Text; null when absent or null.</summary>
    public string? Text(string name)
    {
        if (Find(name, JsonValueKind.String, "a string") is not { } value)
            return null;
        var text = value.GetString()!;
        return HasSecret(_path + name, text) ? null : text;
    }

    /// <summary>A whole number; null when absent or null.</summary>
    public int? Integer(string name)
    {
        if (Find(name, JsonValueKind.Number, "a whole number") is not { } value)
            return null;
        if (value.TryGetInt32(out var number))
            return number;
        Refuse(name, "WRONG_TYPE", "Must be a whole number.");
        return null;
    }

    /// <summary>True or false; null when absent or null.</summary>
    public bool? Flag(string name)
    {
        if (!TryFind(name, out var value))
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Refuse(name, "WRONG_TYPE", "Must be true or false.");
        return null;
    }

    /// <summary>An instant (RFC 3339 with its offset), to the millisecond; null when absent or null.</summary>
    public DateTimeOffset? Instant(string name)
    {
        const string What = "an instant such as 2030-12-31T23:59:59Z (RFC 3339)";
        if (Find(name, JsonValueKind.String, What)?.GetString() is not { } text)
            return null;
        if (TryParseInstant(text, out var instant))
            return instant;
        Refuse(name, "INVALID_INSTANT", $"Must be {What}.");
        return null;
    }

    /// <summary>A list of strings; null when absent or null.</summary>
    public IReadOnlyList<string>? Texts(string name, int max) =>
        List(
            name,
            "a list of strings",
            max,
            (item, path) =>
            {
                if (item.ValueKind == JsonValueKind.String)
                {
                    var text = item.GetString()!;
                    return HasSecret(path, text) ? null : text;
                }
                _errors.Add(new FieldError(path, "WRONG_TYPE", "Must be a string."));
                return null;
            }
        );

    /// <summary>A list of objects; null when absent or null.</summary>
    public IReadOnlyList<T>? Objects<T>(string name, int max, Func<Fields, T?> read)
        where T : class =>
        List(
            name,
            "a list of objects",
            max,
            (item, path) =>
            {
                if (item.ValueKind == JsonValueKind.Object)
                    return new Fields(item, path + ".", _errors, _secrets).ReadAll(read);
                _errors.Add(new FieldError(path, "WRONG_TYPE", "Must be an object."));
                return null;
            }
        );

    /// <summary>An object; null when absent or null.</summary>
    public T? Object<T>(string name, Func<Fields, T?> read)
        where T : class =>
        Find(name, JsonValueKind.Object, "an object") is { } value
            ? new Fields(value, $"{_path}{name}.", _errors, _secrets).ReadAll(read)
            : null;

    /// <summary>Reads an RFC 3339 instant, to the millisecond.</summary>
    public static bool TryParseInstant(string text, out DateTimeOffset instant)
    {
        const string Format = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";
        // K also takes no offset at all, which RFC 3339 does not.
        var hasOffset = text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T');
        var ok =
            DateTimeOffset.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out instant)
            && hasOffset;
        instant = ok ? DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds()) : default;
        return ok;
    }

    /// <summary>What is said of a name that nobody asked for: which there are.</summary>
    internal static string NoSuch(string what, IReadOnlyCollection<string> known) =>
        known.Count == 0
            ? $"There is no such {what}; none is taken here."
            : $"There is no such {what}; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}.";

    // It is as if nothing had been said, so that no other complaint repeats it.
    private bool HasSecret(string path, string text)
    {
        const string Message = "Has a key or a token in it, which others would see: leave it out.";
        if (_secrets is not { } keys || (!keys.ContainsKey(text) && !OperatorTokens.IsIn(text)))
            return false;
        _errors.Add(new FieldError(path, "CONTAINS_SECRET", Message));
        return true;
    }

    private T ReadAll<T>(Func<Fields, T> read)
    {
        var result = read(this);
        foreach (var name in _values.Keys.Where(n => !_known.Contains(n)))
            Refuse(name, "UNKNOWN_FIELD", NoSuch("field", _known));
        return result;
    }

    private IReadOnlyList<T>? List<T>(string name, string what, int max, Func<JsonElement, string, T?> read)
        where T : class
    {
        if (Find(name, JsonValueKind.Array, what) is not { } value)
            return null;
        if (value.GetArrayLength() > max)
        {
            Refuse(name, "TOO_MANY", $"At most {max} entries.");
            return null;
        }
        var items = value.EnumerateArray().Select((item, i) => read(item, $"{_path}{name}[{i}]")).ToList();
        return [.. items.OfType<T>()];
    }

    // The name may be the caller's own; the answer need not be as long as the question.
    private static string Clip(string name) => name.Length > MaxNameLength ? name[..MaxNameLength] + "…" : name;

    private JsonElement? Find(string name, JsonValueKind kind, string what)
    {
        if (!TryFind(name, out var value))
            return null;
        if (value.ValueKind == kind)
            return value;
        Refuse(name, "WRONG_TYPE", $"Must be {what}.");
        return null;
    }

    private bool TryFind(string name, out JsonElement value)
    {
        _known.Add(name);
        return _values.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null;
    }
}
