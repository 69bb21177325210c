using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>
/// The decision alone, in this process, over a cache that holds all the keys there are: parse and checksum, index, the
/// cache, all checks. Keys come in no order, so that with many of them each finds the processor's caches cold; their
/// characters lie in a row, as those of a request do that has just been received.
/// </summary>
internal static class HeldDecisions
{
    private const int Decisions = 200_000;
    private const int Rounds = 12;

    /// <summary>Measures it.</summary>
    public static void Measure(ResultSheet sheet, long small, long large)
    {
        sheet.Section(
            "Keys in memory",
            $"In one process, caches of {small:N0} and {large:N0} keys of the seeded mix. Memory is what the heap grows by. A "
                + $"decision is parse and checksum, index, cache, all checks; {Rounds} pairs of rounds, {Decisions:N0} "
                + "decisions each, on keys drawn at random. This is the part of a request that can feel how many keys are "
                + "held, without the rest of it: with many, every step waits for memory. The bar is on a request, below."
        );
        var (few, fewBytes) = Hold(small);
        var (many, manyBytes) = Hold(large);
        sheet.Tell($"bytes a key, {small:N0} held", fewBytes / small, "");
        sheet.Tell($"bytes a key, {large:N0} held", manyBytes / large, "");
        var (one, other) = (Credentials(small, seed: 1), Credentials(large, seed: 2));
        var pairs = Enumerable
            .Range(0, Rounds + 2)
            .Select(_ => (Few: few.Run(one), Many: many.Run(other)))
            .Skip(2) // compiled meanwhile
            .ToList();
        sheet.Tell($"ns a decision, {small:N0} held", new Times(pairs.Select(p => p.Few)).Median, "");
        sheet.Tell($"ns a decision, {large:N0} held", new Times(pairs.Select(p => p.Many)).Median, "");
        sheet.Tell("ratio, median of pairs", new Times(pairs.Select(p => p.Many / p.Few)).Median, "");
        GC.KeepAlive(few);
    }

    private static (HeldKeys Keys, double Bytes) Hold(long count)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var held = new HeldKeys(new SeededKeys(count, seed: 1, TimeProvider.System));
        return (held, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    // One after the other, all equally long but for the prefix; drawn by a linear congruential generator.
    private static List<string> Credentials(long count, uint seed)
    {
        var keys = new SeededKeys(count, seed: 1, TimeProvider.System);
        var credentials = new List<string>(Decisions);
        for (var state = (ulong)seed; credentials.Count < Decisions; )
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            var number = (long)((state >> 33) % (ulong)count);
            if (SeededKeys.IsUsable(number))
                credentials.Add(keys.Secret(number));
        }
        return credentials;
    }

    private sealed class HeldKeys
    {
        private readonly KeyFormat _format = new(new KeyOptions());
        private readonly KeyOptions _options = new();
        private readonly Roles _roles = new(new Dictionary<string, string[]>(StringComparer.Ordinal));
        private readonly KeyCache _cache;
        private readonly DefaultHttpContext _context = new();

        private readonly RoutePolicy _policy = new() { RouteId = "read", Permissions = [SeededKeys.Permission] };

        public HeldKeys(SeededKeys keys)
        {
            // What a look-up would have read is on its way to it.
            var next = new AsyncLocal<long>();
            _cache = new KeyCache(
                (_, _) => Task.FromResult<CachedKey?>(Compile(keys.Record(next.Value))),
                new KnownHashes(new KeyHasher(_options), _format),
                new CacheOptions { MaxKeys = (int)keys.Count }
            );
            Span<char> index = stackalloc char[KeyIndex.Length / sizeof(char)];
            for (var number = 0L; number < keys.Count; number++)
            {
                next.Value = number;
                var secret = keys.Secret(number);
                KeyIndex.Compute(secret, MemoryMarshal.AsBytes(index));
                _cache.FindAsync(index.ToString(), new Presented(secret)).GetAwaiter().GetResult();
            }
        }

        /// <summary>Nanoseconds a decision.</summary>
        public double Run(List<string> credentials)
        {
            var (now, client) = (TimeProvider.System.GetUtcNow().UtcTicks, IPAddress.Loopback);
            var allowed = 0;
            var began = Stopwatch.GetTimestamp();
            foreach (var credential in credentials)
                allowed += Allows(credential, now, client) ? 1 : 0;
            var took = Stopwatch.GetElapsedTime(began);
            return allowed == credentials.Count
                ? took.TotalNanoseconds / allowed
                : throw new InvalidOperationException($"{credentials.Count - allowed} were refused.");
        }

        private bool Allows(string credential, long now, IPAddress client)
        {
            Span<char> index = stackalloc char[KeyIndex.Length / sizeof(char)];
            if (!_format.TryParse(credential, out _))
                return false;
            KeyIndex.Compute(credential, MemoryMarshal.AsBytes(index));
            return _cache.TryGet(index, out var key)
                && KeyGate.Judge(key!, _policy, _context, now, client).Reason is null;
        }

        private CachedKey Compile(KeyRecord record)
        {
            _format.TryGetEnvironment(record.Environment, out var environment);
            return new CachedKey(new KeyFacts(record, AccountSuspended: false), _roles, _options, environment!);
        }
    }
}
