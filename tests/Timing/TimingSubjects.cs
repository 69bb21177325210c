using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>What a refusal consists of, each with two classes of credentials that must take the same time.</summary>
internal sealed class TimingSubjects : IDisposable
{
    private const int Held = 1_000;
    private const int RightCharacters = 28;
    private const int HashBytesAlike = 28;
    private const int FilterCapacity = 100_000;

    private readonly string[] _held = TimedKeys.Random(Held);
    private readonly KeyHasher _hasher = new(new KeyOptions());
    private readonly Random _random;
    private readonly KeyCache _cache;

    /// <summary>Makes keys that there are.</summary>
    public TimingSubjects(Random random)
    {
        _random = random;
        _cache = new KeyCache((credential, _) => Task.FromResult<CachedKey?>(Read(credential)), Known(), new CacheOptions());
        foreach (var key in _held)
            _cache.FindAsync(IndexOf(key), new Presented(key)).GetAwaiter().GetResult();
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyDictionary<string, Func<int, double>> All =>
        new Dictionary<string, Func<int, double>>(StringComparer.Ordinal)
        {
            ["a wrong checksum, by its place"] = Checksum,
            ["a key not in memory, by how much of it is right"] = LookUp,
            ["a record's hash, by how much of it is alike"] = Match,
            ["an unknown key, by how much of its hash there is"] = Filter,
        };

    /// <summary>The leak that is planted: a comparison that ends at the first character that differs.</summary>
    public double Planted(int samples)
    {
        var right = _held[0];
        var prefix = TimedKeys.Environment.Prefix.Length;
        string[] inputs =
        [
            .. TimedKeys.RightUpTo([right], Stopwatches.Inputs, 0),
            .. TimedKeys.RightUpTo([right], Stopwatches.Inputs, RightCharacters),
        ];
        return Stopwatches.Compare(
            inputs,
            samples,
            (input, _) =>
            {
                var i = prefix;
                while (i < right.Length && input[i] == right[i])
                    i++;
                return i;
            },
            _random
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private double Checksum(int samples) =>
        Stopwatches.Compare(
            [
                .. TimedKeys.WrongChecksum(Stopwatches.Inputs, 0, _random),
                .. TimedKeys.WrongChecksum(Stopwatches.Inputs, 5, _random),
            ],
            samples,
            (input, _) => TestKeys.Format.TryParse(input, out var _) ? 1 : 0,
            _random
        );

    private double LookUp(int samples)
    {
        string[] inputs =
        [
            .. TimedKeys.Random(Stopwatches.Inputs),
            .. TimedKeys.RightUpTo(_held, Stopwatches.Inputs, RightCharacters),
        ];
        return Stopwatches.Compare(
            inputs,
            samples,
            (input, _) =>
            {
                Span<byte> index = stackalloc byte[KeyIndex.Length];
                KeyIndex.Compute(input, index);
                return _cache.TryGet(MemoryMarshal.Cast<byte, char>(index), out var _) ? 1 : 0;
            },
            _random
        );
    }

    // The record's hash is written over in place before each, so that it lies where it did.
    private double Match(int samples)
    {
        var keys = TimedKeys.Random(Stopwatches.Inputs * 2);
        var hashes = keys.Select((key, i) => AlikeIn(key, i < Stopwatches.Inputs ? 0 : HashBytesAlike)).ToArray();
        var record = Record(_held[0]);
        return Stopwatches.Compare(
            keys,
            samples,
            (input, number) =>
            {
                hashes[number].CopyTo(record.Hash, 0);
                return _hasher.Match(input, record) == HashMatch.Yes ? 1 : 0;
            },
            _random
        );
    }

    private double Filter(int samples)
    {
        var keys = TimedKeys.Random(Stopwatches.Inputs * 4);
        bool IsAlike(int i) => i >= keys.Length / 2;
        var known = Known();
        var filter = known.Begin(FilterCapacity);
        // To each key of the second class there is another whose hash begins alike; to those of the first there are as
        // many that are like nothing.
        known.Fill(
            filter,
            [.. keys.Select((key, i) => new HashedKey("", AlikeIn(key, IsAlike(i) ? HashBytesAlike : 0), null, ""))]
        );
        known.Complete(filter);
        // Without those that seem to be there by coincidence, which take a look at the store in any case.
        string[] inputs =
        [
            .. keys.Where((key, i) => !IsAlike(i) && IsOut(key)).Take(Stopwatches.Inputs),
            .. keys.Where((key, i) => IsAlike(i) && IsOut(key)).Take(Stopwatches.Inputs),
        ];
        return Stopwatches.Compare(
            inputs,
            samples,
            (_, number) => known.Excludes(new Presented(inputs[number])) ? 1 : 0,
            _random
        );

        bool IsOut(string key) => known.Excludes(new Presented(key));
    }

    private byte[] AlikeIn(string key, int bytes)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(key));
        var other = new byte[hash.Length];
        _random.NextBytes(other);
        hash.AsSpan(0, bytes).CopyTo(other);
        return other;
    }

    private KnownHashes Known()
    {
        var known = new KnownHashes(_hasher, TestKeys.Format);
        known.StartOver();
        return known;
    }

    private static CachedKey Read(string credential) =>
        new(
            new KeyFacts(Record(credential), false),
            new Roles(new Dictionary<string, string[]>()),
            new KeyOptions(),
            TimedKeys.Environment
        );

    private static KeyRecord Record(string credential) =>
        new()
        {
            Id = Ids.New(Ids.Key, TimeProvider.System),
            AccountId = "acc_x",
            Name = "A key",
            KeyPrefix = TestKeys.Format.DisplayPrefix(credential),
            Hash = SHA256.HashData(Encoding.ASCII.GetBytes(credential)),
            Environment = TimedKeys.Environment.Name,
            LineId = "",
            CreatedBy = "op_x",
        };

    private static string IndexOf(string credential)
    {
        Span<byte> index = stackalloc byte[KeyIndex.Length];
        KeyIndex.Compute(credential, index);
        return new string(MemoryMarshal.Cast<byte, char>(index));
    }
}
