using Gateway.Keys;

namespace Gateway;

/// <summary>A request's id: in the problem body, the log line and <c>X-Gateway-Request-Id</c> to the upstream.</summary>
internal static class RequestIds
{
    /// <summary>Name of the header, in both directions.</summary>
    public const string Header = "X-Gateway-Request-Id";

    // Random per process, then counted: unique without asking the random generator on each request.
    private static readonly string Process = Ids.Random()[..11];
    private static long _last;

    private static readonly object Key = new();

    /// <summary>The id, made at first sight.</summary>
    public static string Of(HttpContext context)
    {
        if (context.Items.TryGetValue(Key, out var known))
            return (string)known!;
        var id = Next();
        context.Items[Key] = id;
        return id;
    }

    private static string Next() =>
        string.Create(
            Process.Length + 1 + 10,
            Interlocked.Increment(ref _last),
            static (text, number) =>
            {
                Process.CopyTo(text);
                text[Process.Length] = '-';
                number.TryFormat(text[(Process.Length + 1)..], out _, "x10");
            }
        );
}
