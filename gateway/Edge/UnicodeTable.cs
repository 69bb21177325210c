using System.Globalization;

namespace Gateway;

/// <summary>
/// What the guard must know of Unicode: code points it refuses, combining classes, and which pairs compose. Read once
/// from <c>unicode.txt</c>, because the gateway runs without ICU: with <c>InvariantGlobalization</c>
/// <see cref="string.Normalize()"/> takes everything but ASCII for normalised already, and would wave fullwidth dots
/// and slashes through. Look-ups are binary searches and allocate nothing.
/// </summary>
internal sealed class UnicodeTable
{
    private readonly Ranges _refused;
    private readonly Ranges _classes;
    private readonly long[] _pairs;
    private readonly int[] _composed;
    private readonly int[] _firsts;
    private readonly byte[] _tails;

    private UnicodeTable(TextReader source)
    {
        List<(int From, int To, byte Value)> refusedRanges = [];
        List<(int From, int To, byte Value)> classRanges = [];
        List<(int Composed, int First, int Second)> compositions = [];
        var section = "";
        while (source.ReadLine() is { } line)
        {
            if (line is not [' ', ..])
                section = line;
            else if (section is "compose")
                compositions.AddRange(Words(line).Select(ReadPair));
            else if (section is "refused")
                refusedRanges.AddRange(Words(line).Select(w => ReadRange(w, 1)));
            else
                classRanges.AddRange(
                    Words(line).Select(w => ReadRange(w, byte.Parse(section.AsSpan("class ".Length))))
                );
        }

        _refused = new Ranges(refusedRanges);
        _classes = new Ranges(classRanges);
        _pairs = [.. compositions.Select(c => Pair(c.First, c.Second)).Order()];
        compositions.Sort((a, b) => a.Composed.CompareTo(b.Composed));
        _composed = [.. compositions.Select(c => c.Composed)];
        _firsts = [.. compositions.Select(c => c.First)];
        _tails = [.. compositions.Select(c => _classes.ValueOf(c.Second))];
    }

    /// <summary>The table this build carries.</summary>
    public static UnicodeTable Current { get; } = Load();

    /// <summary>Whether a code point beyond ASCII has no place in a path: NFKC changes it, it is a control, a format
    /// or a space, it is not assigned, or it is a look-alike of a separator.</summary>
    public bool IsRefused(int codePoint) => _refused.ValueOf(codePoint) is not 0;

    /// <summary>Canonical combining class; 0 for everything that begins a new character.</summary>
    public byte ClassOf(int codePoint) => _classes.ValueOf(codePoint);

    /// <summary>The character a mark of some class meets when it follows another: é without the accent, for a mark that
    /// goes below and so before the accent.</summary>
    public int BaseFor(int character, byte combiningClass)
    {
        while (
            combiningClass is not 0
            && Array.BinarySearch(_composed, character) is >= 0 and var at
            && _tails[at] > combiningClass
        )
            character = _firsts[at];
        return character;
    }

    /// <summary>Whether NFKC would make one character of these two.</summary>
    public bool Composes(int first, int second) =>
        Array.BinarySearch(_pairs, Pair(first, second)) >= 0 || ComposesHangul(first, second);

    // Unicode Standard, section 3.12: a leading consonant takes a vowel, the syllable of both takes a final consonant.
    private static bool ComposesHangul(int first, int second) =>
        (first is >= 0x1100 and <= 0x1112 && second is >= 0x1161 and <= 0x1175)
        || (first is >= 0xAC00 and <= 0xD7A3 && (first - 0xAC00) % 28 is 0 && second is >= 0x11A8 and <= 0x11C2);

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static (int From, int To, byte Value) ReadRange(string word, byte value)
    {
        var ends = word.Split('-');
        return (Hex(ends[0]), Hex(ends[^1]), value);
    }

    private static (int Composed, int First, int Second) ReadPair(string word)
    {
        var parts = word.Split('=', '+');
        return (Hex(parts[0]), Hex(parts[1]), Hex(parts[2]));
    }

    private static int Hex(string digits) =>
        int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static UnicodeTable Load()
    {
        var assembly = typeof(UnicodeTable).Assembly;
        using var reader = new StreamReader(assembly.GetManifestResourceStream("Gateway.unicode.txt")!);
        return new UnicodeTable(reader);
    }

    // Disjoint ranges with a value each; 0 is the value of what is in none.
    private sealed class Ranges
    {
        private readonly int[] _starts;
        private readonly int[] _ends;
        private readonly byte[] _values;

        public Ranges(List<(int From, int To, byte Value)> ranges)
        {
            ranges.Sort((a, b) => a.From.CompareTo(b.From));
            _starts = [.. ranges.Select(r => r.From)];
            _ends = [.. ranges.Select(r => r.To)];
            _values = [.. ranges.Select(r => r.Value)];
        }

        public byte ValueOf(int codePoint)
        {
            var at = Array.BinarySearch(_starts, codePoint);
            at = at >= 0 ? at : ~at - 1;
            return at >= 0 && codePoint <= _ends[at] ? _values[at] : (byte)0;
        }
    }
}
