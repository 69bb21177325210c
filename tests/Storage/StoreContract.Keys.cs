using System.Data.Common;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Key_ComesBack_AsItWasStored()
    {
        var account = await _store.AddAccountAsync();
        var key = Sample.Key(account) with
        {
            Description = "d'été \"x\" \\ ; --",
            PepperId = "p1",
            Role = "api_developer",
            Permissions = ["tokens:read", "vm.*"],
            WalletScope = WalletScope.Selected,
            WalletBindings = [new("w1"), new("w2", ["tokens:read"])],
            SigningWalletId = "w1",
            AllowedIps = ["10.0.0.0/8", "2001:db8::/32"],
            RateLimit = new RateLimit(100, 60),
            ExpiresAt = Sample.Now.AddDays(30),
            RotatedFrom = "key_0",
            RotatedTo = "key_2",
            RotationDeadline = Sample.Now.AddHours(24),
            DisabledAt = Sample.Now.AddMinutes(1),
            RevokedAt = Sample.Now.AddMinutes(2),
            RevokedBy = "op_2",
            RevokedChange = long.MaxValue,
            Version = 7,
        };
        await _store.AddKeyAsync(key);

        var found = await ReadAsync(s => s.GetKeyAsync(key.Id));

        Assert.Equivalent(key, found, strict: true);
    }

    [Fact]
    public async Task KeyWithNothingOptional_ComesBack_AsItWasStored()
    {
        var key = await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));

        Assert.Equivalent(key, await ReadAsync(s => s.GetKeyAsync(key.Id)), strict: true);
        Assert.Null(await ReadAsync(s => s.GetKeyAsync("key_none")));
    }

    [Fact]
    public async Task EmptyLists_AreNotTheSameAsNone()
    {
        var key = Sample.Key(await _store.AddAccountAsync()) with { Permissions = [], AllowedIps = [] };
        await _store.AddKeyAsync(key);

        var found = await ReadAsync(s => s.GetKeyAsync(key.Id));

        Assert.Empty(found!.Permissions!);
        Assert.Empty(found.AllowedIps!);
    }

    [Fact]
    public async Task Key_IsFound_ByAnyOfItsPossibleHashes()
    {
        var account = await _store.AddAccountAsync();
        var key = await _store.AddKeyAsync(Sample.Key(account));
        await _store.AddKeyAsync(Sample.Key(account));

        var found = await ReadAsync(s => s.FindKeyByHashAsync([new byte[32], key.Hash, new byte[31]]));

        Assert.Equal(key.Id, found!.Key.Id);
        Assert.False(found.AccountSuspended);
        Assert.Null(await ReadAsync(s => s.FindKeyByHashAsync([new byte[32]])));
        Assert.Null(await ReadAsync(s => s.FindKeyByHashAsync([])));
    }

    [Fact]
    public async Task HashesOfAllKeys_AreReadInPages_RevokedOnesToo()
    {
        var account = await _store.AddAccountAsync();
        var keys = new List<KeyRecord>();
        for (var i = 0; i < 5; i++)
            keys.Add(
                await _store.AddKeyAsync(
                    Sample.Key(account) with
                    {
                        PepperId = i == 1 ? "p1" : null,
                        RevokedAt = i == 2 ? Sample.Now : null,
                    }
                )
            );
        keys.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));

        var first = await ReadAsync(s => s.ListHashedKeysAsync("", 3));
        var rest = await ReadAsync(s => s.ListHashedKeysAsync(first[^1].Id, 3));

        Assert.Equal((3, 2), (first.Count, rest.Count));
        Assert.Equal(keys.Select(k => k.Id), first.Concat(rest).Select(k => k.Id));
        Assert.Equal(keys.Select(k => k.Hash), first.Concat(rest).Select(k => k.Hash));
        Assert.Equal(
            keys.Select(k => (k.PepperId, k.KeyPrefix)),
            first.Concat(rest).Select(k => (k.PepperId, k.KeyPrefix))
        );
    }

    [Fact]
    public async Task Keys_AreFoundById_InAnyAccount_WithTheStateOfIt()
    {
        var (account, other) = (await _store.AddAccountAsync(), await _store.AddAccountAsync());
        var one = await _store.AddKeyAsync(Sample.Key(account));
        var two = await _store.AddKeyAsync(Sample.Key(other));
        await _store.AddKeyAsync(Sample.Key(account));
        await WriteAsync(s => s.UpdateAccountAsync(other with { SuspendedAt = Sample.Now }));

        var found = await ReadAsync(s => s.FindKeysByIdAsync([two.Id, "key_none", one.Id]));

        Assert.Equivalent(new[] { new KeyFacts(one, false), new KeyFacts(two, true) }, found, strict: true);
        Assert.Empty(await ReadAsync(s => s.FindKeysByIdAsync([])));
    }

    [Fact]
    public async Task SuspendedAccount_ShowsOnItsKeys()
    {
        var account = await _store.AddAccountAsync();
        var key = await _store.AddKeyAsync(Sample.Key(account));
        await WriteAsync(s => s.UpdateAccountAsync(account with { SuspendedAt = Sample.Now }));

        Assert.True((await ReadAsync(s => s.FindKeyByHashAsync([key.Hash])))!.AccountSuspended);
    }

    [Fact]
    public async Task ForeignPepper_IsSeen_ForTheDisplayPrefixOnly()
    {
        var account = await _store.AddAccountAsync();
        await _store.AddKeyAsync(Sample.Key(account) with { PepperId = "old", KeyPrefix = "sk_live_aaaa" });

        Assert.True(await ReadAsync(s => s.HasForeignPepperAsync("sk_live_aaaa", ["new"])));
        Assert.False(await ReadAsync(s => s.HasForeignPepperAsync("sk_live_aaaa", ["new", "old"])));
        Assert.False(await ReadAsync(s => s.HasForeignPepperAsync("sk_live_bbbb", ["new"])));
    }

    [Fact]
    public async Task Update_WritesWhatCanChange()
    {
        var key = await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));
        var changed = key with
        {
            Name = "other",
            Permissions = ["*"],
            ExpiresAt = Sample.Now.AddDays(1),
            RevokedAt = Sample.Now,
            RevokedBy = "op_1",
            RevokedChange = 3,
            Version = 2,
        };
        await WriteAsync(async s =>
        {
            await s.GetAccountAsync(key.AccountId, forUpdate: true);
            Assert.NotNull(await s.GetKeyAsync(key.Id, forUpdate: true));
            await s.UpdateKeyAsync(changed);
        });

        Assert.Equivalent(changed, await ReadAsync(s => s.GetKeyAsync(key.Id)), strict: true);
    }

    [Fact]
    public async Task SameHashTwice_IsAUniqueViolation_AndNothingIsWritten()
    {
        var account = await _store.AddAccountAsync();
        var key = await _store.AddKeyAsync(Sample.Key(account));

        var error = await Assert.ThrowsAnyAsync<DbException>(() =>
            _store.AddKeyAsync(Sample.Key(account) with { Hash = key.Hash })
        );

        Assert.True(Dialect.IsUniqueViolation(error));
        Assert.Equal(1, await ReadAsync(s => s.GetHeadAsync()));
    }

    [Fact]
    public async Task KeyOfNoAccount_IsRefused()
    {
        var error = await Assert.ThrowsAnyAsync<DbException>(() => _store.AddKeyAsync(Sample.Key(Sample.Account())));

        Assert.False(Dialect.IsUniqueViolation(error));
    }

    [Fact]
    public async Task ListKeys_GoesPageByPage_NewestFirst()
    {
        var account = await _store.AddAccountAsync();
        await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add((await _store.AddKeyAsync(Sample.Key(account))).Id);
        ids.Sort(StringComparer.Ordinal);
        ids.Reverse();

        var first = await ReadAsync(s => s.ListKeysAsync(account.Id, new(Limit: 3), Sample.Now));
        var rest = await ReadAsync(s => s.ListKeysAsync(account.Id, new(Limit: 3, After: first[^1].Id), Sample.Now));

        Assert.Equal(ids, first.Concat(rest).Select(k => k.Id));
    }

    [Theory]
    [InlineData(KeyStatus.Active, 1)]
    [InlineData(KeyStatus.Rotating, 1)]
    [InlineData(KeyStatus.Disabled, 1)]
    [InlineData(KeyStatus.Expired, 2)]
    [InlineData(KeyStatus.Revoked, 1)]
    public async Task ListKeys_ByStatus_AgreesWithTheRecord(KeyStatus status, int count)
    {
        var account = await _store.AddAccountAsync();
        foreach (var key in OneOfEachStatus(account))
            await _store.AddKeyAsync(key);

        var found = await ReadAsync(s => s.ListKeysAsync(account.Id, new(Status: status), Sample.Now));

        Assert.Equal(count, found.Count);
        Assert.All(found, k => Assert.Equal(status, k.StatusAt(Sample.Now)));
    }

    [Fact]
    public async Task ListKeys_ByEnvironmentAndPrefix_TakesTheTextLiterally()
    {
        var account = await _store.AddAccountAsync();
        var key = await _store.AddKeyAsync(Sample.Key(account));
        var live = Sample.Key(account) with { Environment = "production", KeyPrefix = "sk_live_zzzz" };
        await _store.AddKeyAsync(live);

        async Task<string[]> ListAsync(KeyQuery query) =>
            [.. (await ReadAsync(s => s.ListKeysAsync(account.Id, query, Sample.Now))).Select(k => k.Id)];

        Assert.Equal([live.Id], await ListAsync(new(Environment: "production")));
        Assert.Equal([key.Id], await ListAsync(new(Prefix: "sk_test_")));
        Assert.Empty(await ListAsync(new(Prefix: "sk%")));
        Assert.Empty(await ListAsync(new(Prefix: "skXtest")));
    }

    [Fact]
    public async Task ActiveAndDisabledKeys_CountAgainstTheLimit_NoOthers()
    {
        var account = await _store.AddAccountAsync();
        foreach (var key in OneOfEachStatus(account))
            await _store.AddKeyAsync(key);

        Assert.Equal(2, await ReadAsync(s => s.CountActiveKeysAsync(account.Id, Sample.Now)));
    }

    private static IEnumerable<KeyRecord> OneOfEachStatus(Account account) =>
        [
            Sample.Key(account) with
            {
                ExpiresAt = Sample.Now.AddMilliseconds(1),
            },
            Sample.Key(account) with
            {
                RotationDeadline = Sample.Now.AddMilliseconds(1),
            },
            Sample.Key(account) with
            {
                DisabledAt = Sample.Now,
            },
            Sample.Key(account) with
            {
                ExpiresAt = Sample.Now,
            },
            Sample.Key(account) with
            {
                RotationDeadline = Sample.Now,
            },
            Sample.Key(account) with
            {
                RevokedAt = Sample.Now,
                DisabledAt = Sample.Now,
            },
        ];
}
