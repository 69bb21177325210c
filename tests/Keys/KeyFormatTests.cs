using Gateway.Keys;

namespace Gateway.Tests;

public sealed class KeyFormatTests
{
    // Computed with Python's zlib.crc32, as tools outside this repository do.
    private const string Known = "sk_live_000000000000000000001X5HlLxXsAyZ1tXlCQ";

    private static readonly KeyFormat Format = new(new KeyOptions());

    private static KeyEnvironment Environment(KeyFormat format, string name)
    {
        Assert.True(format.TryGetEnvironment(name, out var environment));
        return environment!;
    }

    [Fact]
    public void Defaults_AreTheTwoEnvironmentsOfTheContract() =>
        Assert.Equal(
            [new("production", "sk_live_", "mainnet-beta"), new("sandbox", "sk_test_", "devnet")],
            Format.Environments
        );

    [Fact]
    public void AKeyMadeElsewhereByTheSameRules_IsRead()
    {
        Assert.True(Format.TryParse(Known, out var environment));
        Assert.Equal("production", environment!.Name);
        Assert.True(Format.ContainsKey(Known));
    }

    [Fact]
    public void ANewKey_HasItsEnvironmentsPrefixAndIsRead()
    {
        foreach (var environment in Format.Environments)
        {
            var key = Format.Generate(environment);
            Assert.Equal(environment.Prefix.Length + 38, key.Length);
            Assert.StartsWith(environment.Prefix, key, StringComparison.Ordinal);
            Assert.True(Format.TryParse(key, out var parsed));
            Assert.Same(environment, parsed);
        }
    }

    [Fact]
    public void TheLongestKey_FitsOneShaBlock() => Assert.InRange(KeyFormat.MaxLength, 1, 55);

    [Fact]
    public void NewKeys_UseTheWholeAlphabetEvenly()
    {
        var counts = new int[128];
        var environment = Environment(Format, "sandbox");
        for (var i = 0; i < 2000; i++)
            foreach (var c in Format.Generate(environment).AsSpan(environment.Prefix.Length, 32))
                counts[c]++;

        // 64,000 draws of 62: 1,032 each, standard deviation 32. Modulo bias of a byte would give some 1,250.
        var used = counts.Where(c => c > 0).ToArray();
        Assert.Equal(62, used.Length);
        Assert.All(used, c => Assert.InRange(c, 1032 - 200, 1032 + 200));
    }

    [Fact]
    public void EveryChangeOfOneCharacter_IsRefused()
    {
        for (var i = 0; i < Known.Length; i++)
            foreach (var c in "0aZ_é\0 ")
                if (Known[i] != c)
                    Assert.False(Format.TryParse(Known[..i] + c + Known[(i + 1)..], out _), $"{i} {c}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("sk_live_")]
    [InlineData("sk_live_000000000000000000001X5HlLxXsAyZ1tXlC")]
    [InlineData("sk_live_000000000000000000001X5HlLxXsAyZ1tXlCQ0")]
    [InlineData(" sk_live_000000000000000000001X5HlLxXsAyZ1tXlCQ")]
    [InlineData("SK_LIVE_000000000000000000001X5HlLxXsAyZ1tXlCQ")]
    [InlineData("pk_live_000000000000000000001X5HlLxXsAyZ1tXlCQ")]
    [InlineData("sk_live_000000000000000000001X5HlLxXsAyZzzzzzz")]
    public void WhatIsNotAKey_IsRefused(string text)
    {
        Assert.False(Format.TryParse(text, out var environment));
        Assert.Null(environment);
    }

    // Six digits hold more than 32 bits: the checksum plus 2^32 would be a second spelling of the same key.
    [Fact]
    public void AChecksum_HasOneSpelling() =>
        Assert.False(Format.TryParse("sk_live_000000000000000000001X5HlLxXsAyZ6aD0OU", out _));

    [Fact]
    public void Reading_AllocatesNothing()
    {
        var cookie = $"theme=dark; session=sk_live_nothing; k={Known}; x=1";
        Assert.Equal(0, Allocated(() => Format.TryParse(Known, out _)));
        Assert.Equal(0, Allocated(() => Format.ContainsKey(cookie)));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("token={0}&x=1")]
    [InlineData("a{0}a")]
    [InlineData("sk_live_sk_test_{0}")]
    [InlineData("sk_live_000000000000000000001X5HlLxXsAyZ1tXlC!{0}")]
    [InlineData("é{0}é")]
    public void AKeyInsideAText_IsFound(string text) =>
        Assert.True(Format.ContainsKey(text.Replace("{0}", Known, StringComparison.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("sk_live_")]
    [InlineData("id=sk_live_000000000000000000001X5HlLxXsAyZ1tXlC")]
    [InlineData("id=sk_live_000000000000000000001X5HlLxXsAyZ1tXlCR")]
    [InlineData("id=sk_live-000000000000000000001X5HlLxXsAyZ1tXlCQ")]
    [InlineData("000000000000000000001X5HlLxXsAyZ1tXlCQ")]
    public void ATextWithoutAKey_HasNone(string text) => Assert.False(Format.ContainsKey(text));

    [Fact]
    public void ManyBeginningsOfKeys_TakeLinearTime()
    {
        // 400 KB of prefixes: were the rest read again at each, this would take minutes.
        var text = string.Concat(Enumerable.Repeat("sk_live_sk_test_", 25_000));
        Assert.False(Format.ContainsKey(text));
        Assert.True(Format.ContainsKey(text + Known));
    }

    [Fact]
    public void AKeyIsFound_WhereverTryingEveryPlaceWouldFindIt() =>
        Property.ForAll(
            Property.Text(
                6,
                Known,
                Known[..20],
                Known[20..],
                Known[..^1],
                "sk_test_",
                "sk_live_",
                "sk_",
                "_",
                "Q",
                "é"
            ),
            text =>
                Format.ContainsKey(text)
                == Enumerable
                    .Range(0, Math.Max(0, text.Length - Known.Length + 1))
                    .Any(i => Format.TryParse(text.AsSpan(i, Known.Length), out _))
        );

    [Fact]
    public void TheDisplayPrefix_KeepsFourCharactersOfTheSecret()
    {
        Assert.Equal("sk_live_0000", Format.DisplayPrefix(Known));
        var e = Assert.Throws<ArgumentException>(() => Format.DisplayPrefix("pk_live_secret"));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AProductsOwnPrefix_ReplacesTheDefaults()
    {
        var format = new KeyFormat(Options(("main", "phy_")));
        Assert.True(format.TryParse(format.Generate(Environment(format, "main")), out var environment));
        Assert.Equal(new KeyEnvironment("main", "phy_", null), environment);
        Assert.False(format.TryParse(Known, out _));
        Assert.False(format.TryGetEnvironment("sandbox", out _));
    }

    [Fact]
    public void APrefixThatEndsAnother_StaysApart()
    {
        var format = new KeyFormat(Options(("one", "sk_"), ("two", "x_sk_")));
        foreach (var environment in format.Environments)
        {
            Assert.True(format.TryParse(format.Generate(environment), out var parsed));
            Assert.Same(environment, parsed);
        }
    }

    [Theory]
    [InlineData("a", "", "Keys:Environments:a:Prefix")]
    [InlineData("a", "sk", "the last of them '_'")]
    [InlineData("a", "SK_", "[a-z0-9_]")]
    [InlineData("a", "sk-live_", "[a-z0-9_]")]
    [InlineData("a", "a23456789012345_x_", "at most 16")]
    [InlineData("Live", "sk_", "[a-z0-9_-]")]
    [InlineData("a b", "sk_", "[a-z0-9_-]")]
    public void AnUnusableEnvironment_StopsTheProcess(string name, string prefix, string problem)
    {
        var e = Assert.Throws<SettingsException>(() => new KeyFormat(Options((name, prefix))));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sk_", "sk_")]
    [InlineData("sk_", "sk_live_")]
    [InlineData("sk_live_", "sk_")]
    public void APrefixThatBeginsAnother_StopsTheProcess(string one, string other)
    {
        var e = Assert.Throws<SettingsException>(() => new KeyFormat(Options(("a", one), ("b", other))));
        Assert.Contains("is the beginning of", Assert.Single(e.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryProblem_IsListedAtOnce()
    {
        var options = Options(("A", "sk_"), ("b", "SK"));
        options.Environments["c"] = new() { Prefix = "c_", Network = "dev\r\nnet" };
        var e = Assert.Throws<SettingsException>(() => new KeyFormat(options));
        Assert.Equal(4, e.Problems.Count);
    }

    private static KeyOptions Options(params (string Name, string Prefix)[] environments) =>
        new()
        {
            Environments = environments.ToDictionary(e => e.Name, e => new EnvironmentOptions { Prefix = e.Prefix }),
        };

    private static long Allocated(Func<bool> action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
