using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task WalletIsInUse_WhileAKeyThatCanStillBecomeValid_NamesIt()
    {
        var account = await _store.AddAccountAsync();
        var other = await _store.AddAccountAsync();
        var bound = Sample.Key(account) with { WalletScope = WalletScope.Selected };
        await _store.AddKeyAsync(bound with { WalletBindings = [new("w1"), new("w\"2", ["tokens:read"])] });
        await _store.AddKeyAsync(Sample.Key(account) with { SigningWalletId = "signs" });
        await _store.AddKeyAsync(Sample.Key(account) with { SigningWalletId = "off", DisabledAt = Sample.Now });
        await _store.AddKeyAsync(Sample.Key(account) with { SigningWalletId = "expired", ExpiresAt = Sample.Now });
        await _store.AddKeyAsync(Sample.Key(account) with { SigningWalletId = "revoked", RevokedAt = Sample.Now });
        await _store.AddKeyAsync(Sample.Key(account) with { SigningWalletId = "over", RotationDeadline = Sample.Now });
        await _store.AddKeyAsync(Sample.Key(other) with { SigningWalletId = "other" });

        foreach (var used in new[] { "w1", "w\"2", "signs", "off", "expired" })
            Assert.True(await IsWalletInUseAsync(account, used), used);
        foreach (var free in new[] { "w", "W1", "revoked", "over", "other", "" })
            Assert.False(await IsWalletInUseAsync(account, free), free);
        var signers = await ReadAsync(s => s.ListKeysOfWalletAsync(account.Id, "signs", Sample.Now));
        Assert.Equal("signs", Assert.Single(signers).SigningWalletId);
        Assert.True(await ReadAsync(s => s.IsWalletInUseAsync(account.Id, "over", Sample.Now.AddMilliseconds(-1))));
    }

    [Fact]
    public async Task ProvenExternalWalletCounts_UnlessSomebodyRegisteredItOtherwise()
    {
        var account = await _store.AddAccountAsync();
        var other = await _store.AddAccountAsync();
        Assert.False(await ReadAsync(s => s.HasExternalWalletAsync(account.Id)));

        await WriteAsync(s => s.InsertWalletAsync(new Wallet(account.Id, "e", WalletKind.Embedded, null, Sample.Now)));
        await WriteAsync(s => s.InsertWalletAsync(new Wallet(account.Id, "c", WalletKind.Custodial, null, Sample.Now)));
        Assert.False(await ReadAsync(s => s.HasExternalWalletAsync(account.Id)));

        await WriteAsync(s => s.InsertWalletAsync(new Wallet(account.Id, "r", WalletKind.External, null, Sample.Now)));
        Assert.False(await ReadAsync(s => s.HasExternalWalletAsync(account.Id)));

        await WriteAsync(s =>
            s.InsertWalletAsync(new Wallet(account.Id, "x", WalletKind.External, null, Sample.Now, Sample.Now))
        );
        Assert.True(await ReadAsync(s => s.HasExternalWalletAsync(account.Id)));
        Assert.False(await ReadAsync(s => s.HasExternalWalletAsync(other.Id)));

        await WriteAsync(s => s.InsertWalletAsync(new Wallet(other.Id, "x", WalletKind.Custodial, null, Sample.Now)));
        Assert.False(await ReadAsync(s => s.HasExternalWalletAsync(account.Id)));
    }

    [Fact]
    public async Task OnlyChallengesThatCanStillBeAnswered_AreCounted()
    {
        var account = await _store.AddAccountAsync();
        var other = await _store.AddAccountAsync();
        await WriteAsync(s => s.InsertChallengeAsync(new("n1", account.Id, "a", "m", Sample.Now)));
        await WriteAsync(s => s.InsertChallengeAsync(new("n2", account.Id, "a", "m", Sample.Now.AddMilliseconds(1))));
        await WriteAsync(s => s.InsertChallengeAsync(new("n3", other.Id, "a", "m", Sample.Now.AddMinutes(1))));

        Assert.Equal(1, await ReadAsync(s => s.CountChallengesAsync(account.Id, Sample.Now)));
    }

    private Task<bool> IsWalletInUseAsync(Account account, string walletId) =>
        ReadAsync(s => s.IsWalletInUseAsync(account.Id, walletId, Sample.Now));
}
