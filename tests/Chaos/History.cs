using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Tests;

/// <summary>
/// All that was done to a fleet and all that came back: what the runner of <c>make chaos</c> records and the independent
/// checker judges. One process is client, admin and fault injector at once, so that one monotonic clock
/// stamps everything: a <see cref="TimeSpan"/> since the run began, taken before the first byte is sent and after the
/// last one has come. What the product says in wall-clock time stays as it was said (<see cref="DateTimeOffset"/>), and
/// <see cref="ClockSample"/>s tie the two clocks together.
/// <para>
/// What must be in it, or the checker will say so:
/// <list type="bullet">
/// <item>Everything since the store was empty: also the writes that set the run up, and every call with a key, whoever
/// makes it. The request that opens a stream is a <see cref="Call"/> too, and a <see cref="StreamLife"/> if it opened.</item>
/// <item>At the end, once the gateways have stopped, the feed and the uses as they are in the store
/// (<see cref="FeedEntry"/>, <see cref="UsesInStore"/>): the feed tells which writes of unknown outcome came to be.</item>
/// <item>Keys and accounts are called by their ids; a credential that was never issued by any other name.</item>
/// <item>Lists are one text, separated by spaces, written as the API shows them.</item>
/// </list>
/// </para>
/// </summary>
/// <param name="header">What the run was given.</param>
public sealed class History(RunHeader header)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly ConcurrentQueue<HistoryEvent> _events = new();

    /// <summary>What the run was given.</summary>
    public RunHeader Header => header;

    /// <summary>What happened, in the order it was recorded in, which nothing rests on.</summary>
    public IReadOnlyCollection<HistoryEvent> Events => _events;

    /// <summary>Records something, from any thread.</summary>
    public void Add(HistoryEvent happened) => _events.Enqueue(happened);

    /// <summary>All events of a kind.</summary>
    public IEnumerable<T> All<T>()
        where T : HistoryEvent => _events.OfType<T>();

    /// <summary>Writes it, an event a line, the header first.</summary>
    public void Save(string path) =>
        File.WriteAllLines(
            path,
            _events.Prepend<HistoryEvent>(header).Select(e => JsonSerializer.Serialize<HistoryEvent>(e, Json))
        );

    /// <summary>Reads what was saved.</summary>
    public static History Load(string path)
    {
        History? history = null;
        foreach (var line in File.ReadLines(path))
        {
            var happened = JsonSerializer.Deserialize<HistoryEvent>(line, Json)!;
            if (history is null)
                history = new History((RunHeader)happened);
            else
                history.Add(happened);
        }
        return history ?? throw new InvalidDataException("It is empty.");
    }
}

/// <summary>One line of a <see cref="History"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(RunHeader), "run")]
[JsonDerivedType(typeof(ClockSample), "clock")]
[JsonDerivedType(typeof(Call), "call")]
[JsonDerivedType(typeof(StreamLife), "stream")]
[JsonDerivedType(typeof(AdminWrite), "write")]
[JsonDerivedType(typeof(ReceiptRead), "receipt")]
[JsonDerivedType(typeof(ReadBack), "read")]
[JsonDerivedType(typeof(LastUsedSample), "used")]
[JsonDerivedType(typeof(Fault), "fault")]
[JsonDerivedType(typeof(ProcessLife), "life")]
[JsonDerivedType(typeof(FeedEntry), "feed")]
[JsonDerivedType(typeof(UsesInStore), "uses")]
public abstract record HistoryEvent;
