using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests;

/// <summary>A span as it was exported.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="TraceId">Its trace, in hex.</param>
/// <param name="Id">Its own id, in hex.</param>
/// <param name="ParentId">Its parent's, in hex; empty for none.</param>
/// <param name="Took">From its start to its end.</param>
/// <param name="Attributes">Its attributes that are text or numbers.</param>
public sealed record ExportedSpan(
    string Service,
    string Name,
    string TraceId,
    string Id,
    string ParentId,
    TimeSpan Took,
    IReadOnlyDictionary<string, string> Attributes
);

/// <summary>A receiver of traces by OTLP over gRPC, which keeps what it gets.</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    // Before each message: whether it is compressed, and its length.
    private const int FrameLength = 5;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _messages = new();

    private OtlpCollector()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(k => k.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(KeepAsync);
    }

    /// <summary>Where it listens.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Every span so far.</summary>
    public IReadOnlyList<ExportedSpan> Spans => [.. _messages.SelectMany(m => Read(m.AsMemory(FrameLength)))];

    /// <summary>Every byte so far, as text to search.</summary>
    public string Text => string.Join('\n', _messages.Select(Encoding.Latin1.GetString));

    /// <summary>Starts one.</summary>
    public static async Task<OtlpCollector> StartAsync()
    {
        var collector = new OtlpCollector();
        await collector._app.StartAsync();
        return collector;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task KeepAsync(HttpContext context)
    {
        Assert.Equal("/opentelemetry.proto.collector.trace.v1.TraceService/Export", context.Request.Path);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _messages.Enqueue(body.ToArray());
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(new byte[FrameLength]);
    }

    // opentelemetry/proto/collector/trace/v1: resource spans 1, of which resource 1 and scope spans 2, of which spans 2.
    private static IEnumerable<ExportedSpan> Read(ReadOnlyMemory<byte> message) =>
        from resource in ProtoFields.Read(message).Where(f => f.Number == 1)
        let parts = ProtoFields.Read(resource.Bytes)
        let service = Attributes(parts.First(p => p.Number == 1).Bytes, 1)["service.name"]
        from scope in parts.Where(f => f.Number == 2)
        from span in ProtoFields.Read(scope.Bytes).Where(f => f.Number == 2)
        select ReadSpan(service, span.Bytes);

    private static ExportedSpan ReadSpan(string service, ReadOnlyMemory<byte> span)
    {
        var fields = ProtoFields.Read(span);
        var took = fields.First(f => f.Number == 8).Value - fields.First(f => f.Number == 7).Value;
        return new ExportedSpan(
            service,
            fields.First(f => f.Number == 5).Text,
            Hex(1),
            Hex(2),
            Hex(4),
            TimeSpan.FromMicroseconds((long)took / 1e3),
            Attributes(span, 9)
        );
        string Hex(int number) =>
            fields.FirstOrDefault(f => f.Number == number) is { } id ? Convert.ToHexString(id.Bytes.Span) : "";
    }

    private static Dictionary<string, string> Attributes(ReadOnlyMemory<byte> message, int number) =>
        (
            from attribute in ProtoFields.Read(message)
            where attribute.Number == number
            let pair = ProtoFields.Read(attribute.Bytes)
            let value = ProtoFields.Read(pair.First(p => p.Number == 2).Bytes).FirstOrDefault()
            select (pair.First(p => p.Number == 1).Text, value)
        ).ToDictionary(p => p.Text, p => p.value is { Number: 1 } text ? text.Text : $"{p.value?.Value}");
}

/// <summary>A field of a protobuf message.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Value">Of a number.</param>
/// <param name="Bytes">Of a string or a message.</param>
internal sealed record ProtoFields(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The bytes as text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>The fields of a message.</summary>
    public static IReadOnlyList<ProtoFields> Read(ReadOnlyMemory<byte> message)
    {
        var fields = new List<ProtoFields>();
        for (var at = 0; at < message.Length; )
        {
            var tag = Varint(message.Span, ref at);
            var (value, bytes) = (
                (tag & 7) switch
                {
                    0 => Varint(message.Span, ref at),
                    1 => BinaryPrimitives.ReadUInt64LittleEndian(message.Span[at..]),
                    2 => Varint(message.Span, ref at),
                    _ => BinaryPrimitives.ReadUInt32LittleEndian(message.Span[at..]),
                },
                ReadOnlyMemory<byte>.Empty
            );
            if ((tag & 7) == 2)
                bytes = message.Slice(at, (int)value);
            at += (tag & 7) switch
            {
                0 => 0,
                1 => 8,
                2 => (int)value,
                _ => 4,
            };
            fields.Add(new ProtoFields((int)(tag >> 3), value, bytes));
        }
        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
