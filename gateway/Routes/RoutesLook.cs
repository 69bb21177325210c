using System.Security.Cryptography;
using Gateway.Listeners;

namespace Gateway;

/// <summary>What lay where the routes file is, and where the certificates are that it names.</summary>
/// <param name="Content">The file; null when it could not be read.</param>
/// <param name="ContentMark">Hash of the content, or why there is none.</param>
/// <param name="Mark">The same with the certificates: equal marks, nothing new.</param>
internal sealed record RoutesLook(ReadOnlyMemory<byte>? Content, string ContentMark, string Mark)
{
    /// <summary>Looks.</summary>
    /// <param name="path">The routes file.</param>
    /// <param name="files">The certificates that the content judged last names.</param>
    public static RoutesLook At(string path, IEnumerable<string> files)
    {
        var (content, mark) = Read(path);
        return new RoutesLook(content, mark, MarkOf(mark, files.Select(f => KeyValuePair.Create(f, FileMark.Of(f)))));
    }

    /// <summary>The mark a look has that finds this content and these files.</summary>
    public static string MarkOf(string contentMark, IEnumerable<KeyValuePair<string, string>> files) =>
        string.Join('\n', files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Value).Prepend(contentMark));

    private static (ReadOnlyMemory<byte>? Content, string Mark) Read(string path)
    {
        try
        {
            var content = RoutesJson.WithoutMark(File.ReadAllBytes(path));
            return (content, Convert.ToHexString(SHA256.HashData(content.Span)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot be read: {e.Message}");
        }
    }
}
