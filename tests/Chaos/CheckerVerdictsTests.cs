namespace Gateway.Tests;

/// <summary>The checker's own reading of SPEC section 5: each check refuses, and the first that fails is told.</summary>
public sealed class CheckerVerdictsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);
    private static readonly RouteFacts Route = new()
    {
        Name = "money",
        Permissions = "tokens:read vm.buy.crypto",
        Environments = "sandbox",
        Wallet = RouteWallet.Named,
    };

    // Everything is wrong with it; each step mends what was told.
    [Fact]
    public void TheChecks_AreInTheOrderOfThePage()
    {
        var asked = new Asked(Route, "10.1.2.3", null);
        var settings = new KeySettings
        {
            Environment = "production",
            Permissions = "tokens:read",
            AllowedIps = "192.0.2.0/24",
            Wallets = "w1",
            ExpiresAt = Now,
        };
        var key = new KeyState
        {
            Settings = settings,
            Revoked = true,
            Disabled = true,
        };
        Assert.Equal(Verdicts.InvalidApiKey, Judge(true));
        key = key with { Exists = true };
        Assert.Equal(Verdicts.RevokedApiKey, Judge(true));
        key = key with { Revoked = false };
        Assert.Equal(Verdicts.DisabledApiKey, Judge(true));
        key = key with { Disabled = false };
        Assert.Equal(Verdicts.ExpiredApiKey, Judge(true));
        key = key with { Settings = settings = settings with { ExpiresAt = Now.AddTicks(1) } };
        Assert.Equal(Verdicts.AccountSuspended, Judge(true));
        Assert.Equal(Verdicts.EnvironmentNotAllowed, Judge(false));
        key = key with { Settings = settings = settings with { Environment = "sandbox" } };
        Assert.Equal(Verdicts.IpNotAllowed, Judge(false));
        asked = asked with { Client = "192.0.2.9" };
        Assert.Equal(Verdicts.InsufficientPermissions, Judge(false));
        key = key with { Settings = settings with { Permissions = "tokens:* vm.*" } };
        Assert.Equal(Verdicts.WalletNotAllowed, Judge(false));
        asked = asked with { Wallet = "w1" };
        Assert.Equal(Verdicts.Allowed, Judge(false));

        Verdicts Judge(bool suspended) => VerdictModel.Judge(key, suspended, asked, Now);
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("tokens:read", true)]
    [InlineData("tokens:*", true)]
    [InlineData("*:read", true)]
    [InlineData("tokens:write", false)]
    [InlineData("tokens.*", false)]
    [InlineData("tokens:read:*", false)]
    [InlineData("token:*", false)]
    public void AGrant_CoversWhatItSays(string grant, bool covers)
    {
        var route = new RouteFacts { Name = "tokens", Permissions = "tokens:read" };
        var key = new KeyState
        {
            Exists = true,
            Settings = new KeySettings { Permissions = grant },
        };
        var verdict = VerdictModel.Judge(key, false, new Asked(route, null, null), Now);
        Assert.Equal(covers ? Verdicts.Allowed : Verdicts.InsufficientPermissions, verdict);
    }

    [Fact]
    public void ARotatedKey_IsOverAtTheEarlierOfExpiryAndDeadline()
    {
        var key = new KeyState { Exists = true, Deadline = Now };
        Assert.Equal(Now, key.EndsAt);
        Assert.Equal(Now, (key with { Settings = new KeySettings { ExpiresAt = Now.AddDays(1) } }).EndsAt);
        Assert.Equal(Now.AddDays(-1), (key with { Settings = new KeySettings { ExpiresAt = Now.AddDays(-1) } }).EndsAt);
    }
}
