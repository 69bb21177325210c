using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;

namespace Gateway;

/// <summary>The lines of an access log, compressed by gzip or not, one at a time: memory does not depend on the log's
/// length, nor on that of a line.</summary>
internal static class LogLines
{
    // Servers take request lines of 8 KiB, a referer and an agent of about as much, all of it escaped fourfold at worst.
    private const int MaxLine = 64 * 1024;

    /// <summary>Opens a log; <c>-</c> is standard input. One that is compressed and cut off is an error and no shorter log:
    /// <c>System.IO.Compression.UseStrictValidation</c> in <c>runtimeconfig.template.json</c>.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    public static Stream Open(string path)
    {
        var stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        var buffered = new BufferedStream(stream, 1 << 16);
        return stream.CanSeek && IsGzip(buffered) ? new GZipStream(buffered, CompressionMode.Decompress) : buffered;
    }

    /// <summary>Its lines; one that is too long is empty.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream log)
    {
        var reader = PipeReader.Create(log, new StreamPipeReaderOptions(bufferSize: MaxLine));
        var skipping = false;
        while (true)
        {
            var read = await reader.ReadAsync();
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                yield return skipping || line.Length > MaxLine ? default : Content(line);
                skipping = false;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            if (read.IsCompleted)
            {
                if (skipping || buffer.Length > 0)
                    yield return skipping || buffer.Length > MaxLine ? default : Content(buffer);
                break;
            }
            if (buffer.Length > MaxLine)
            {
                skipping = true;
                buffer = buffer.Slice(buffer.End);
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }

    private static ReadOnlyMemory<byte> Content(ReadOnlySequence<byte> line)
    {
        ReadOnlyMemory<byte> bytes = line.ToArray();
        return bytes.Span is [.., (byte)'\r'] ? bytes[..^1] : bytes;
    }

    private static bool IsGzip(Stream stream)
    {
        Span<byte> magic = stackalloc byte[2];
        var read = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        stream.Seek(0, SeekOrigin.Begin);
        return read == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
    }
}
