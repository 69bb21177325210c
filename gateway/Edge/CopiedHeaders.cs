using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// A request's headers, to be gone through. An enumerator over the server's own is an object for every request; a copy in
/// an array that is handed on is none, and may be gone through while headers are removed. What was in it is forgotten with
/// <see cref="Dispose"/>: it holds a credential.
/// </summary>
internal readonly ref struct CopiedHeaders : IDisposable
{
    private readonly KeyValuePair<string, StringValues>[] _rented;
    private readonly int _count;

    /// <summary>Copies them.</summary>
    public CopiedHeaders(IHeaderDictionary headers)
    {
        _count = headers.Count;
        _rented = ArrayPool<KeyValuePair<string, StringValues>>.Shared.Rent(_count);
        headers.CopyTo(_rented, 0);
    }

    /// <summary>Name and values of each.</summary>
    public ReadOnlySpan<KeyValuePair<string, StringValues>> All => _rented.AsSpan(0, _count);

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.Clear(_rented, 0, _count);
        ArrayPool<KeyValuePair<string, StringValues>>.Shared.Return(_rented);
    }
}
