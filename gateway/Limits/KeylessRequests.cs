using System.Net;
using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// How much may be held at once by requests that need no key. What the caller of such a request may have us hold is bounded
/// by nothing else: over HTTP/2 a connection has a hundred of them, each with its headers, its place at the server and a
/// connection upstream, for as long as its body does not come or the upstream does not answer. Some 4,000 of 28 KiB each
/// ended a process in 512 MiB. All together they are weighed rather than counted, so that many small ones fit. Those of one
/// address are counted: 5,000 at once, which cost their caller nothing, are begun and given up in the same moments, and held up
/// everybody for tenths of a second. A key's requests are not among them, and never wait for them.
/// </summary>
public sealed class KeylessRequests(LimitOptions options)
{
    // A share of the memory; keys have 150 MiB of 384 when 100,000 are known, and what keys ask for has the rest.
    private const int ShareOfMemory = 4;

    // The server's and the client's objects, a connection upstream and its buffers.
    private const long BytesEach = 16 * 1024;

    // A character takes two bytes here, and twice one in the buffers it leaves by.
    private const long BytesPerCharacter = 4;

    private readonly int[] _addresses = new int[AddressCells.Count];
    private long _bytes;
    private long _refused;

    /// <summary>The most bytes there may be of them.</summary>
    internal long Most { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMemory;

    /// <summary>Bytes they are taken to hold now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Requests there was no room for so far.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Lets a request in if there is room for it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">Where it comes from.</param>
    /// <param name="place">What it takes, for <see cref="Leave"/>.</param>
    public bool TryEnter(HttpRequest request, IPAddress client, out KeylessPlace place)
    {
        place = new(AddressCells.Of(client), WeightOf(request));
        var count = Interlocked.Increment(ref _addresses[place.Cell]);
        var bytes = Interlocked.Add(ref _bytes, place.Bytes);
        if (bytes <= Most && (options.KeylessPerAddress == 0 || count <= options.KeylessPerAddress))
            return true;
        Leave(place);
        Interlocked.Increment(ref _refused);
        return false;
    }

    /// <summary>Gives back the room of a request that was let in.</summary>
    public void Leave(KeylessPlace place)
    {
        Interlocked.Decrement(ref _addresses[place.Cell]);
        Interlocked.Add(ref _bytes, -place.Bytes);
    }

    /// <summary>Bytes a request is taken to hold.</summary>
    internal static long WeightOf(HttpRequest request)
    {
        long characters = request.Path.Value?.Length + request.QueryString.Value?.Length ?? 0;
        foreach (var (name, values) in request.Headers)
        foreach (var value in values)
            characters += name.Length + (value?.Length ?? 0);
        return BytesEach + (BytesPerCharacter * characters);
    }
}

/// <summary>What a request without a key takes while it is in flight.</summary>
/// <param name="Cell">Of its address (<see cref="AddressCells"/>).</param>
/// <param name="Bytes">What it is taken to hold.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct KeylessPlace(int Cell, long Bytes);
