using System.Globalization;
using System.Text;

namespace Gateway.Tests;

/// <summary>One member of a list of strings with parameters.</summary>
/// <param name="Value">The string, without its quotes.</param>
/// <param name="Parameters">Integers by name; other kinds are not used by the fields that are read here.</param>
public sealed record FieldMember(string Value, IReadOnlyDictionary<string, long> Parameters);

/// <summary>
/// Reads a list of strings with integer parameters as RFC 9651 section 4.2 has it, and nothing more lenient: what these
/// fields may be. Whatever else is in them is a <see cref="FormatException"/>.
/// </summary>
public sealed class StructuredFields
{
    private readonly string _text;
    private int _at;

    private StructuredFields(string text) => _text = text;

    /// <summary>Reads a field of one or several lines, which are one list.</summary>
    public static IReadOnlyList<FieldMember> ReadList(IEnumerable<string> lines)
    {
        var reader = new StructuredFields(string.Join(", ", lines));
        reader.SkipSpaces();
        var list = new List<FieldMember>();
        while (reader._at < reader._text.Length)
        {
            list.Add(reader.ReadMember());
            reader.SkipBlanks();
            if (reader._at == reader._text.Length)
                return list;
            reader.Expect(',');
            reader.SkipBlanks();
            if (reader._at == reader._text.Length)
                throw new FormatException("a comma ends the list");
        }
        return list;
    }

    private FieldMember ReadMember()
    {
        var value = ReadString();
        var parameters = new Dictionary<string, long>(StringComparer.Ordinal);
        while (Peek == ';')
        {
            _at++;
            SkipSpaces();
            var name = ReadKey();
            Expect('=');
            parameters[name] = ReadInteger();
        }
        return new FieldMember(value, parameters);
    }

    private string ReadString()
    {
        Expect('"');
        var text = new StringBuilder();
        while (true)
        {
            var c = Next();
            if (c == '"')
                return text.ToString();
            if (c is < ' ' or > '~')
                throw new FormatException("a string has visible ASCII and spaces only");
            if (c == '\\' && (c = Next()) is not ('"' or '\\'))
                throw new FormatException("only quotes and backslashes are escaped");
            text.Append(c);
        }
    }

    private string ReadKey()
    {
        if (!(char.IsAsciiLetterLower(Peek) || Peek == '*'))
            throw new FormatException($"no key begins with '{Peek}'");
        var began = _at;
        while (char.IsAsciiLetterLower(Peek) || char.IsAsciiDigit(Peek) || Peek is '_' or '-' or '.' or '*')
            _at++;
        return _text[began.._at];
    }

    private long ReadInteger()
    {
        var began = _at;
        if (Peek == '-')
            _at++;
        var digits = _at;
        while (char.IsAsciiDigit(Peek))
            _at++;
        if (_at - digits is 0 or > 15)
            throw new FormatException("an integer has 1 to 15 digits");
        return Peek == '.'
            ? throw new FormatException("a decimal is no integer")
            : long.Parse(_text.AsSpan(began, _at - began), CultureInfo.InvariantCulture);
    }

    private char Peek => _at < _text.Length ? _text[_at] : '\0';

    private char Next() => _at < _text.Length ? _text[_at++] : throw new FormatException("it ends too soon");

    private void Expect(char c)
    {
        if (Next() != c)
            throw new FormatException($"'{c}' is missing at {_at - 1}");
    }

    private void SkipSpaces()
    {
        while (Peek == ' ')
            _at++;
    }

    private void SkipBlanks()
    {
        while (Peek is ' ' or '\t')
            _at++;
    }
}
