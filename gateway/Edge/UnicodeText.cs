namespace Gateway;

/// <summary>
/// Decides, character by character, whether a decoded path means one thing only: every character is one NFKC keeps,
/// and no two would be joined or swapped by it, so that an upstream that normalises reads the path that was judged
/// (Unicode Standard Annex 15). A mark is swapped when a higher class stands before it, and joined when nothing of its
/// own or a higher class stands between it and the character it composes with (section 3.11 of the standard).
/// </summary>
internal struct UnicodeText
{
    private int _starter;
    private int _previous;
    private byte _lastClass;
    private bool _marked;

    /// <summary>An ASCII character passed; the caller has judged it.</summary>
    public void Pass(char character) => Start(character);

    /// <summary>Judges the next character of the path.</summary>
    /// <param name="codePoint">A scalar value beyond ASCII.</param>
    /// <returns>False when the path cannot be forwarded.</returns>
    public bool Accept(int codePoint)
    {
        var table = UnicodeTable.Current;
        if (table.IsRefused(codePoint) || (IsInvisible(codePoint) && _previous < 0x80))
            return false;
        var combiningClass = table.ClassOf(codePoint);
        var isOutOfOrder = combiningClass is not 0 && combiningClass < _lastClass;
        var reachesStarter = !_marked || _lastClass < combiningClass;
        if (isOutOfOrder || (reachesStarter && table.Composes(table.BaseFor(_starter, combiningClass), codePoint)))
            return false;
        if (combiningClass is 0)
            Start(codePoint);
        else
            (_previous, _lastClass, _marked) = (codePoint, combiningClass, true);
        return true;
    }

    // Joiners and variation selectors belong to the scripts and emoji they stand in. Behind ASCII they could only make
    // "admin" look unlike "admin" here and alike upstream.
    private static bool IsInvisible(int codePoint) =>
        codePoint is 0x200C or 0x200D or 0xFE0E or 0xFE0F or (>= 0x180B and <= 0x180D);

    private void Start(int codePoint) => (_starter, _previous, _lastClass, _marked) = (codePoint, codePoint, 0, false);
}
