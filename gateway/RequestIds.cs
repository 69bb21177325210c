using Gateway.Keys;

namespace Gateway;

/// <summary>A request's id: in the problem body, the log line and <c>X-Gateway-Request-Id</c> to the upstream. It takes
/// the place of the server's own, so that the framework's log lines name the same, and costs no more than its text.</summary>
internal static class RequestIds
{
    /// <summary>Name of the header, in both directions.</summary>
    public const string Header = "X-Gateway-Request-Id";

    // Random per process, then counted: unique without asking the random generator on each request.
    private static readonly string Process = Ids.Random()[..11];
    private static long _last;

    // Of sixteen: years of requests before one comes again.
    private const int Digits = 10;

    /// <summary>Gives a request its id.</summary>
    public static void Assign(HttpContext context) => context.TraceIdentifier = Next();

    /// <summary>The id it was given.</summary>
    public static string Of(HttpContext context) => context.TraceIdentifier;

    private static string Next() =>
        string.Create(
            Process.Length + 1 + Digits,
            Interlocked.Increment(ref _last),
            static (text, number) =>
            {
                Process.CopyTo(text);
                text[Process.Length] = '-';
                for (var i = text.Length - 1; i > Process.Length; i--, number >>= 4)
                    text[i] = "0123456789abcdef"[(int)number & 0xF];
            }
        );
}
