using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>
/// A C# file taken apart as far as the house rules need, without a compiler: comments and the insides of strings are
/// blanked (lines stay where they are), then braces are followed. What stands directly in a type's body, up to its
/// closing brace or semicolon, is a member.
/// </summary>
internal static partial class SourceText
{
    /// <summary>One member of a type.</summary>
    /// <param name="Type">The type it is in.</param>
    /// <param name="Header">Its declaration, in one line.</param>
    /// <param name="Line">Where it begins, from 1; attributes count, comments do not.</param>
    /// <param name="Lines">How many lines it takes.</param>
    public sealed record Member(string Type, string Header, int Line, int Lines);

    /// <summary>One type declaration.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Header">Its declaration up to the brace or semicolon, in one line.</param>
    /// <param name="Line">Where it begins, from 1.</param>
    public sealed record Declaration(string Name, string Header, int Line);

    /// <summary>Types and members, in the order of the file.</summary>
    public static (List<Declaration> Types, List<Member> Members) Parse(string source)
    {
        var text = Blank(source);
        var types = new List<Declaration>();
        var members = new List<Member>();
        ParseBody(text, 0, "Program", types, members);
        return (types, members);
    }

    // Reads declarations until the brace that closes the body; returns the position after it.
    private static int ParseBody(string text, int at, string type, List<Declaration> types, List<Member> members)
    {
        var start = at;
        while (at < text.Length && text[at] != '}')
        {
            if (text[at] is ';' or '{')
                start = at = Declare(text, start, at, type, types, members);
            else
                at = text[at] is '(' or '[' ? SkipBrackets(text, at) : at + 1;
        }
        return Math.Min(at + 1, text.Length);
    }

    // A declaration's header goes from start to end, where its brace or semicolon is; returns the position after it.
    private static int Declare(
        string text,
        int start,
        int end,
        string type,
        List<Declaration> types,
        List<Member> members
    )
    {
        var header = Spaces().Replace(text[start..end], " ").Trim();
        var line = LineOf(text, start + text[start..end].TakeWhile(char.IsWhiteSpace).Count());
        var space = NamespaceHeader().IsMatch(header);
        var declared = space ? null : TypeHeader().Match(header);
        if (declared is { Success: true })
            types.Add(new Declaration(declared.Groups["name"].Value, header, line));
        if (text[end] == '{' && (space || declared is { Success: true }))
            return ParseBody(text, end + 1, space ? type : declared!.Groups["name"].Value, types, members);
        var after = text[end] == '{' ? MemberEnd(text, end, header) : end + 1;
        if (!space && declared is not { Success: true } && header.Length > 0)
            members.Add(new Member(type, header, line, LineOf(text, after - 1) - line + 1));
        return after;
    }

    // A block ends a member; an expression, or `{ get; } = value`, goes on to its semicolon.
    private static int MemberEnd(string text, int brace, string header)
    {
        var next = SkipBrackets(text, brace);
        var value = next + text[next..].TakeWhile(char.IsWhiteSpace).Count();
        var goesOn = IsExpression(header) || (value < text.Length && text[value] == '=');
        if (!goesOn)
            return next;
        while (next < text.Length && text[next] != ';')
            next = text[next] is '(' or '[' or '{' ? SkipBrackets(text, next) : next + 1;
        return Math.Min(next + 1, text.Length);
    }

    // `… => value` and `… = value`, leaving out what is in brackets: default values and attributes.
    private static bool IsExpression(string header)
    {
        for (var at = 0; at < header.Length; at++)
        {
            if (header[at] is '(' or '[')
                at = SkipBrackets(header, at) - 1;
            else if (
                string.CompareOrdinal(header, at, "=>", 0, 2) == 0
                || string.CompareOrdinal(header, at, " = ", 0, 3) == 0
            )
                return true;
        }
        return false;
    }

    // From an opening bracket of any kind to just after its partner.
    private static int SkipBrackets(string text, int at)
    {
        var depth = 0;
        for (; at < text.Length; at++)
        {
            if (text[at] is '(' or '[' or '{')
                depth++;
            else if (text[at] is ')' or ']' or '}' && --depth == 0)
                return at + 1;
        }
        return at;
    }

    private static int LineOf(string text, int at) => text.AsSpan(0, Math.Min(at, text.Length)).Count('\n') + 1;

    /// <summary>The file with comments, preprocessor lines, strings and character literals made of spaces.</summary>
    public static string Blank(string source)
    {
        var blanked = new StringBuilder(source);
        foreach (Match match in Opaque().Matches(source))
        {
            for (var at = match.Index; at < match.Index + match.Length; at++)
            {
                if (source[at] != '\n')
                    blanked[at] = ' ';
            }
        }
        return blanked.ToString();
    }

    // Raw strings first, since they begin like others. Interpolation holes go with their string: braces in them balance.
    [GeneratedRegex(
        """"
            (?<quotes>\$*"{3,}).*?"{3,}
            | \$?@\$?"(?:[^"]|"")*"
            | \$?"(?:\\.|[^"\\\n])*"
            | '(?:\\[^\n]+?|[^'\\\n])'
            | //[^\n]*
            | /\*.*?\*/
            | ^[ \t]*\#[^\n]*
            """",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex Opaque();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex TypeHeader();

    [GeneratedRegex(@"^namespace\b")]
    private static partial Regex NamespaceHeader();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
