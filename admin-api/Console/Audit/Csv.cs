using System.Text;

namespace Gateway.Admin;

/// <summary>
/// Lines of a CSV file (RFC 4180). Every cell is quoted, so that commas and line breaks mean nothing, and none is a formula:
/// a spreadsheet computes what begins with one of <see cref="Formula"/>, whoever wrote it (a key's name is the account's to
/// choose), and can be made to send off what else is in the file. Such a cell gets an apostrophe in front, which
/// spreadsheets take for "this is text" (OWASP, CSV injection).
/// </summary>
internal static class Csv
{
    // The wide forms too: some spreadsheets take them for the same.
    private const string Formula = "=+-@\t\r\n＝＋－＠";

    /// <summary>Appends a line.</summary>
    public static void Append(StringBuilder text, IEnumerable<string?> cells)
    {
        var first = true;
        foreach (var cell in cells)
        {
            if (!first)
                text.Append(',');
            first = false;
            text.Append('"').Append(Safe(cell ?? "").Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        text.Append("\r\n");
    }

    // Spaces in front do not keep every spreadsheet from it.
    private static string Safe(string cell) =>
        cell.AsSpan().TrimStart(' ') is [var begin, ..] && Formula.Contains(begin, StringComparison.Ordinal)
            ? "'" + cell
            : cell;
}
