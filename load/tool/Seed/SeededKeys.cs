using System.Buffers.Binary;
using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Load;

/// <summary>
/// Keys by number, the same for the same seed: a load knows the secrets of a store it did not fill. The mix is that of a
/// product some years old:
/// <code>
///   accounts       one has a tenth of all keys, each other one nine
///   environment    3 of 10 production
///   grants         a third each: two permissions, a role, five grants
///   addresses      1 of 5 has three ranges; key 0 has 10,000
///   state          of 100 one is revoked, one disabled, one expired
///   last used      every other key
/// </code>
/// Keys were made evenly over the last year. The change feed has what the admin API would have written, of the days it
/// is kept.
/// </summary>
internal sealed class SeededKeys
{
    /// <summary>Ranges of <see cref="Wide"/>.</summary>
    public const int WideRanges = 10_000;

    /// <summary>The number of the key with many address ranges.</summary>
    public const long Wide = 0;

    /// <summary>A permission all of them have.</summary>
    public const string Permission = "tokens:read";

    private const int Cycle = 100;
    private const int RevokedAt = 97;
    private const int DisabledAt = 98;
    private const int ExpiredAt = 99;
    private const int LargestShare = 10;

    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly KeyEnvironment[] _environments;
    private readonly KeyFormat _format = new(new KeyOptions());
    private readonly KeyHasher _hasher = new(new KeyOptions());
    private readonly DateTimeOffset _now;
    private readonly int _seed;

    /// <summary>As many as that.</summary>
    public SeededKeys(long count, int seed, TimeProvider clock)
    {
        (Count, _seed, _now) = (count, seed, clock.Now());
        _environments = [Environment("sandbox"), Environment("production")];
    }

    /// <summary>How many keys.</summary>
    public long Count { get; }

    /// <summary>How many accounts.</summary>
    public long Accounts => 1 + ((Count + LargestShare - 1) / LargestShare);

    /// <summary>The number of the last change.</summary>
    public long Head => ChangesBefore(Count);

    /// <summary>The secret of a key.</summary>
    public string Secret(long number)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(long)..], _seed);
        SHA256.HashData(bytes[..(sizeof(long) + sizeof(int))], bytes);
        return KeyFormat.Derive(EnvironmentOf(number), bytes);
    }

    /// <summary>Numbers of the keys that are accepted, from a number on; by default without <see cref="Wide"/>.</summary>
    public IEnumerable<long> Usable(long from = 1)
    {
        for (var number = from; number < Count; number++)
        {
            if (IsUsable(number))
                yield return number;
        }
    }

    /// <summary>Whether a key is accepted, with its permission and from the loopback interface.</summary>
    public static bool IsUsable(long number) => number % Cycle < RevokedAt;

    /// <summary>An account; number 0 is the largest.</summary>
    public Account Account(long number) =>
        new()
        {
            Id = IdAt(Ids.Account, _now - Year, number),
            Name = $"Account {number}",
            ApiKeysEnabled = true,
            // Room for those a measurement makes.
            MaxActiveKeys = number == 0 ? 1_000_000 : 1_000,
            CreatedAt = _now - Year,
            UpdatedAt = _now - Year,
        };

    /// <summary>The record of a key.</summary>
    public KeyRecord Record(long number)
    {
        var (at, id, secret) = (MadeAt(number), IdAt(Ids.Key, MadeAt(number), number), Secret(number));
        var state = number % Cycle;
        return new KeyRecord
        {
            Id = id,
            AccountId = Account(number % LargestShare == 0 ? 0 : 1 + (number / LargestShare)).Id,
            Name = $"Key {number}",
            KeyPrefix = _format.DisplayPrefix(secret),
            Hash = _hasher.HashNew(secret).Hash,
            Environment = EnvironmentOf(number).Name,
            Role = number % 3 == 1 ? "api_developer" : null,
            Permissions = GrantsOf(number),
            AllowedIps = RangesOf(number),
            LineId = id,
            ExpiresAt = state == ExpiredAt ? at : null,
            DisabledAt = state == DisabledAt ? at : null,
            RevokedAt = state == RevokedAt ? at : null,
            RevokedBy = state == RevokedAt ? "op_seed" : null,
            RevokedChange = state == RevokedAt ? ChangesBefore(number) + 2 : null,
            CreatedBy = "op_seed",
            CreatedAt = at,
            UpdatedAt = at,
            LastUsedAt = number % 2 == 0 ? at : null,
        };
    }

    /// <summary>The changes that made a key what it is, in order.</summary>
    public IEnumerable<Change> Changes(long number, KeyRecord key)
    {
        var change = ChangesBefore(number);
        yield return Change(++change, ChangeKinds.KeyCreated);
        if (key.RevokedAt is not null)
            yield return Change(++change, ChangeKinds.KeyRevoked);
        if (key.DisabledAt is not null)
            yield return Change(++change, ChangeKinds.KeyUpdated);

        Change Change(long at, string kind) =>
            new(at, Ids.Random(), kind, key.Id, key.Hash, key.AccountId, key.CreatedAt);
    }

    /// <summary>The first key whose changes are still kept; the last one's always are.</summary>
    public long FirstWithChanges()
    {
        var kept = TimeSpan.FromDays(new ChangeOptions().KeepDays);
        return Math.Max(0, Math.Min(Count - 1, (long)(Count * ((Year - kept) / Year))));
    }

    // Each key is made by one; two of a cycle were changed once.
    private static long ChangesBefore(long number)
    {
        var (cycles, rest) = Math.DivRem(number, Cycle);
        return number + (cycles * 2) + (rest > RevokedAt ? 1 : 0) + (rest > DisabledAt ? 1 : 0);
    }

    private DateTimeOffset MadeAt(long number) =>
        DateTimeOffset.FromUnixTimeMilliseconds(
            (_now - (Year * (1 - (number / (double)Count)))).ToUnixTimeMilliseconds()
        );

    // A UUID of version 7 whose random part is the number, so that ids sort as numbers do.
    private static string IdAt(string prefix, DateTimeOffset at, long number) =>
        $"{prefix}{at.ToUnixTimeMilliseconds():x12}70008{number:x15}";

    private KeyEnvironment EnvironmentOf(long number) => _environments[number % 10 < 7 ? 0 : 1];

    private static string[]? GrantsOf(long number) =>
        (number % 3) switch
        {
            0 => [Permission, "tokens:write"],
            1 => null,
            _ => ["tokens:*", "orders:read", "orders:write", "quotes:read", "webhooks:write"],
        };

    private static string[]? RangesOf(long number)
    {
        if (number == Wide)
            return [.. Enumerable.Range(1, WideRanges - 1).Select(i => $"10.{i >> 8}.{i & 255}.0/25"), "127.0.0.0/8"];
        return number % 5 == 1 ? ["127.0.0.0/8", $"10.{(number >> 8) & 255}.0.0/16", "2001:db8::/48"] : null;
    }

    private KeyEnvironment Environment(string name) =>
        _format.TryGetEnvironment(name, out var environment)
            ? environment!
            : throw new InvalidOperationException($"There is no environment {name}.");
}
