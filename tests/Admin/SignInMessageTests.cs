using Gateway.Admin;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>What a wallet is asked to sign says for whom, for what, and how long.</summary>
public sealed class SignInMessageTests
{
    private const string Address = "11233QC411233QC411233QC411233QC4";

    [Fact]
    public void Message_IsASignInWithSolanaMessage_ThatNamesDomainAccountNonceAndExpiry()
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 6, TimeSpan.Zero);
        var options = new EligibilityOptions { Domain = "keys.example.com", ChainId = "devnet" };

        var challenge = SignInMessage.Create(options, "acc_1", Address, now);

        Assert.Equal(
            $"""
            keys.example.com wants you to sign in with your Solana account:
            {Address}

            Prove that you hold this wallet, to link it to account acc_1. This moves nothing and costs nothing.

            URI: https://keys.example.com
            Version: 1
            Chain ID: devnet
            Nonce: {challenge.Nonce}
            Issued At: 2026-01-02T03:04:05.006Z
            Expiration Time: 2026-01-02T03:14:05.006Z
            Request ID: acc_1
            """,
            challenge.Message
        );
        Assert.Matches("^[0-9a-f]{32}$", challenge.Nonce);
        Assert.Equal(challenge.Nonce, SignInMessage.FindNonce(challenge.Message));
        Assert.Equal(
            ("acc_1", Address, now.AddMinutes(10)),
            (challenge.AccountId, challenge.Address, challenge.ExpiresAt)
        );
    }

    [Fact]
    public void EveryChallenge_HasANonceOfItsOwn()
    {
        var nonces = Enumerable.Range(0, 100).Select(_ => Create(new EligibilityOptions()).Nonce);
        Assert.Equal(100, nonces.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void MessageWithoutANonce_AnswersNothing()
    {
        Assert.Null(SignInMessage.FindNonce("Sign in, please"));
        Assert.Null(SignInMessage.FindNonce(""));
    }

    [Theory]
    [InlineData("evil.example\nURI: https://evil.example", null, "mainnet", "Domain")]
    [InlineData("keys.example.com/page", null, "mainnet", "Domain")]
    [InlineData("", null, "mainnet", "Domain")]
    [InlineData("localhost", "not a uri", "mainnet", "Uri")]
    [InlineData("localhost", null, "dev net", "ChainId")]
    public void SettingThatWouldBreakTheMessage_IsRefusedAtStart(string domain, string? uri, string chain, string named)
    {
        var problems = new List<string>();
        new EligibilityOptions
        {
            Domain = domain,
            Uri = uri,
            ChainId = chain,
        }.Validate(problems);
        Assert.Contains(problems, p => p.StartsWith("Eligibility:" + named, StringComparison.Ordinal));
    }

    [Fact]
    public void UnknownRule_IsRefusedAtStart()
    {
        var problems = new List<string>();
        new EligibilityOptions { Rules = ["ApiKeysEnabled", "WalletLinked"] }.Validate(problems);
        Assert.Contains("'WalletLinked' is not a rule", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_AreUsable()
    {
        var problems = new List<string>();
        new EligibilityOptions().Validate(problems);
        Assert.Empty(problems);
        Assert.True(Create(new EligibilityOptions()).Message.Length < SignInMessage.MaxLength);
    }

    private static Gateway.Keys.Storage.WalletChallenge Create(EligibilityOptions options) =>
        SignInMessage.Create(options, Ids.New(Ids.Account, TimeProvider.System), Address, DateTimeOffset.UnixEpoch);
}
