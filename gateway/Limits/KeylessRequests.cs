namespace Gateway;

/// <summary>
/// How much may be held at once by requests that need no key. What the caller of such a request may have us hold is bounded
/// by nothing else: over HTTP/2 a connection has a hundred of them, each with its headers, its place at the server and a
/// connection upstream, for as long as its body does not come or the upstream does not answer. Some 4,000 of 28 KiB each
/// ended a process in 512 MiB. They are weighed rather than counted, so that many small ones fit. A key's requests are not
/// among them, and never wait for them.
/// </summary>
public sealed class KeylessRequests
{
    // A share of the memory, next to the half that is handed on by HeapValve: the rest is the keys' and their requests'.
    private const int ShareOfMemory = 4;

    // The server's and the client's objects, a connection upstream and its buffers.
    private const long BytesEach = 16 * 1024;

    // A character takes two bytes here, and twice one in the buffers it leaves by.
    private const long BytesPerCharacter = 4;

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
    /// <param name="bytes">What it is taken to hold, for <see cref="Leave"/>.</param>
    public bool TryEnter(HttpRequest request, out long bytes)
    {
        bytes = WeightOf(request);
        if (Interlocked.Add(ref _bytes, bytes) <= Most)
            return true;
        Leave(bytes);
        Interlocked.Increment(ref _refused);
        return false;
    }

    /// <summary>Gives back the room of a request that was let in.</summary>
    public void Leave(long bytes) => Interlocked.Add(ref _bytes, -bytes);

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
