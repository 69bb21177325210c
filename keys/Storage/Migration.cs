using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Keys.Storage;

/// <summary>One migration file, in dbmate's format: a block to go forward and one to go back.</summary>
/// <param name="Version">The digits its name begins with; versions sort as text.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Up">SQL that goes forward.</param>
/// <param name="Down">SQL that goes back.</param>
/// <param name="Checksum">SHA-256 of the whole file, in hexadecimal.</param>
internal sealed record Migration(string Version, string Name, string Up, string Down, string Checksum)
{
    private const string UpMarker = "-- migrate:up";
    private const string DownMarker = "-- migrate:down";

    /// <summary>The migrations this program was built with, oldest first.</summary>
    public static IReadOnlyList<Migration> Embedded(Dialect dialect)
    {
        var folder = $"migrations/{dialect.Name}/";
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly
                .GetManifestResourceNames()
                .Where(n => n.StartsWith(folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(n => Parse(n[folder.Length..], Read(assembly, n))),
        ];
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is not in the format.</exception>
    public static Migration Parse(string name, string text)
    {
        var version = string.Concat(name.TakeWhile(char.IsAsciiDigit));
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var up = Array.FindIndex(lines, l => l.TrimEnd() == UpMarker);
        var down = Array.FindIndex(lines, l => l.TrimEnd() == DownMarker);
        if (version.Length == 0 || up < 0 || down < up)
            throw new FormatException(
                $"{name}: its name must begin with a number, and '{UpMarker}' must come before '{DownMarker}'."
            );
        return new Migration(
            version,
            name,
            string.Join('\n', lines[(up + 1)..down]),
            string.Join('\n', lines[(down + 1)..]),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))))
        );
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
