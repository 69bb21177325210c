using System.Security.Cryptography;
using System.Text;
using Gateway.Keys;

namespace Gateway.Tests;

public sealed class KeyHasherTests
{
    private const string Key = "sk_live_000000000000000000001X5HlLxXsAyZ1tXlCQ";
    private const string Other = "sk_live_000000000000000000001X5HlLxXsAyZ1tXlCR";

    private static readonly string SecretA = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string SecretB = Convert.ToBase64String(Enumerable.Repeat((byte)2, 48).ToArray());

    [Fact]
    public void WithoutPeppers_TheHashIsPlainSha256()
    {
        var (hash, pepperId) = Hasher(false).HashNew(Key);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(Key)), hash);
        Assert.Null(pepperId);
    }

    [Fact]
    public void WithPeppers_TheHashIsHmacSha256UnderTheNewest()
    {
        var (hash, pepperId) = Hasher(false, ("b", SecretB), ("a", SecretA)).HashNew(Key);
        Assert.Equal(HMACSHA256.HashData(Convert.FromBase64String(SecretB), Encoding.ASCII.GetBytes(Key)), hash);
        Assert.Equal("b", pepperId);
    }

    [Fact]
    public void PeppersRotate_WithoutReissuingKeys()
    {
        var plain = Record(Hasher(false));
        var first = Record(Hasher(false, ("a", SecretA)));
        var rotated = Hasher(false, ("b", SecretB), ("a", SecretA));
        foreach (var record in new[] { plain, first, Record(rotated) })
        {
            Assert.Equal(HashMatch.Yes, rotated.Match(Key, record));
            Assert.Equal(HashMatch.No, rotated.Match(Other, record));
            Assert.Contains(rotated.Candidates(Key), c => c.AsSpan().SequenceEqual(record.Hash));
        }
        Assert.Equal(["b", "a"], rotated.PepperIds);
    }

    [Fact]
    public void ARecordWhosePepperIsMissing_CannotBeDecided() =>
        Assert.Equal(
            HashMatch.Undecidable,
            Hasher(false, ("b", SecretB)).Match(Key, Record(Hasher(false, ("a", SecretA))))
        );

    [Fact]
    public void RequirePepper_RefusesPlainHashes()
    {
        var hasher = Hasher(true, ("a", SecretA));
        Assert.Equal(HashMatch.No, hasher.Match(Key, Record(Hasher(false))));
        Assert.Equal(HashMatch.Yes, hasher.Match(Key, Record(hasher)));
        Assert.Single(hasher.Candidates(Key));
    }

    [Fact]
    public void TheRecordsOwnPepperDecides_NotWhicheverFits()
    {
        var hasher = Hasher(false, ("b", SecretB), ("a", SecretA));
        var record = Record(hasher);
        Assert.Equal(HashMatch.No, hasher.Match(Key, record with { PepperId = "a" }));
        Assert.Equal(HashMatch.No, hasher.Match(Key, record with { PepperId = null }));
        Assert.Equal(HashMatch.No, hasher.Match(Key, record with { Hash = record.Hash[..31] }));
        Assert.Equal(HashMatch.No, hasher.Match(Key, record with { Hash = [] }));
    }

    [Theory]
    [InlineData("sk_live_é00000000000000000001X5HlLxXsAyZ1tXlCQ")]
    [InlineData("sk_live_00000000000000000000000000000000000000000000000000000000000000000")]
    public void WhatCannotBeAKey_HasNoHash(string text)
    {
        var hasher = Hasher(false);
        Assert.Empty(hasher.Candidates(text));
        Assert.Equal(HashMatch.No, hasher.Match(text, Record(hasher)));
        var e = Assert.Throws<ArgumentException>(() => hasher.HashNew(text));
        Assert.DoesNotContain(text, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryProblemWithPeppers_IsListed_WithoutTheSecret()
    {
        var e = Assert.Throws<SettingsException>(() =>
            Hasher(false, ("", SecretA), ("a b", "c2hvcnQ="), ("c", "not base64!"), ("d", SecretB), ("d", SecretB))
        );
        Assert.Equal(6, e.Problems.Count);
        foreach (var secret in new[] { SecretA, SecretB, "c2hvcnQ=", "not base64!" })
            Assert.DoesNotContain(secret, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequirePepperWithoutPeppers_StopsTheProcess() => Assert.Throws<SettingsException>(() => Hasher(true));

    private static KeyHasher Hasher(bool require, params (string Id, string Secret)[] peppers) =>
        new(
            new KeyOptions
            {
                RequirePepper = require,
                Peppers = [.. peppers.Select(p => new PepperOptions { Id = p.Id, Secret = p.Secret })],
            }
        );

    private static KeyRecord Record(KeyHasher hasher)
    {
        var (hash, pepperId) = hasher.HashNew(Key);
        return new KeyRecord
        {
            Id = "key_1",
            LineId = "key_1",
            AccountId = "acc_1",
            Name = "n",
            KeyPrefix = "sk_live_0000",
            Environment = "production",
            CreatedBy = "op_1",
            Hash = hash,
            PepperId = pepperId,
        };
    }
}
