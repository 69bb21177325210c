using System.Security.Cryptography;
using Gateway.Admin;

namespace Gateway.Tests;

/// <summary>An address has one spelling.</summary>
public sealed class Base58Tests
{
    [Theory]
    [InlineData("2NEpo7TZRRrLZSi2U", "48656c6c6f20576f726c6421")]
    [InlineData("11233QC4", "0000287fb4cd")]
    [InlineData("11111111111111111111111111111111", "0000000000000000000000000000000000000000000000000000000000000000")]
    public void PublishedExample_IsDecoded(string text, string hex)
    {
        var expected = Convert.FromHexString(hex);
        var actual = new byte[expected.Length];
        Assert.True(Base58.TryDecode(text, actual));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void WhateverWasEncoded_ComesBack_AndFitsNoOtherLength()
    {
        for (var zeros = 0; zeros <= 32; zeros++)
        {
            var bytes = RandomNumberGenerator.GetBytes(32);
            bytes.AsSpan(0, zeros).Clear();
            var text = SolanaWallet.ToBase58(bytes);
            var decoded = new byte[32];
            Assert.True(Base58.TryDecode(text, decoded), text);
            Assert.Equal(bytes, decoded);
            Assert.False(Base58.TryDecode(text, new byte[31]));
            Assert.False(Base58.TryDecode(text, new byte[33]));
            Assert.False(Base58.TryDecode("1" + text, new byte[32]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 11111111111111111111111111111111")]
    [InlineData("1111111111111111111111111111111")]
    [InlineData("111111111111111111111111111111111")]
    [InlineData("0NEpo7TZRRrLZSi2UNEpo7TZRRrLZSi2")]
    [InlineData("ONEpo7TZRRrLZSi2UNEpo7TZRRrLZSi2")]
    [InlineData("INEpo7TZRRrLZSi2UNEpo7TZRRrLZSi2")]
    [InlineData("lNEpo7TZRRrLZSi2UNEpo7TZRRrLZSi2")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("１１１１１１１１１１１１１１１１１１１１１１１１１１１１１１１１")]
    public void AnythingElse_IsNoAddress(string text) => Assert.False(Base58.TryDecode(text, new byte[32]));

    [Fact]
    public void LongText_IsRefusedBeforeAnyWork() =>
        Assert.False(Base58.TryDecode(new string('1', 1_000_000), new byte[32]));
}
