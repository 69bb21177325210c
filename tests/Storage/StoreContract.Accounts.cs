using System.Data.Common;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Account_ComesBack_AsItWasStored_AndAsItWasChanged()
    {
        var account = await _store.AddAccountAsync(Sample.Account("Ümlaut & Co"));
        Assert.Equal(account, await ReadAsync(s => s.GetAccountAsync(account.Id)));

        var changed = account with
        {
            Name = "Other",
            ApiKeysEnabled = true,
            SuspendedAt = Sample.Now,
            MaxActiveKeys = 3,
            Version = 2,
            UpdatedAt = Sample.Now.AddHours(1),
        };
        await WriteAsync(s => s.UpdateAccountAsync(changed));

        Assert.Equal(changed, await ReadAsync(s => s.GetAccountAsync(account.Id)));
        Assert.Null(await ReadAsync(s => s.GetAccountAsync("acc_none")));
    }

    [Fact]
    public async Task ListAccounts_GoesPageByPage_NewestFirst()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add((await _store.AddAccountAsync()).Id);
        ids.Sort(StringComparer.Ordinal);
        ids.Reverse();

        var first = await ReadAsync(s => s.ListAccountsAsync(3));
        var rest = await ReadAsync(s => s.ListAccountsAsync(3, first[^1].Id));

        Assert.Equal(ids, first.Concat(rest).Select(a => a.Id));
    }

    [Fact]
    public async Task Wallets_AreListed_Found_AndUnlinked()
    {
        var account = await _store.AddAccountAsync();
        var other = await _store.AddAccountAsync();
        var external = new Wallet(account.Id, "So1Address", WalletKind.External, null, Sample.Now);
        var custodial = new Wallet(account.Id, "w2", WalletKind.Custodial, "Cold", Sample.Now.AddSeconds(1));
        var others = new Wallet(other.Id, "w2", WalletKind.Embedded, null, Sample.Now.AddSeconds(2));
        foreach (var wallet in new[] { external, custodial, others })
            await WriteAsync(s => s.InsertWalletAsync(wallet));

        Assert.Equal([external, custodial], await ReadAsync(s => s.ListWalletsAsync(account.Id)));
        Assert.Equal([custodial, others], await ReadAsync(s => s.FindWalletsByIdAsync("w2")));
        Assert.Equal(custodial, await ReadAsync(s => s.GetWalletAsync(account.Id, "w2")));
        Assert.Null(await ReadAsync(s => s.GetWalletAsync(account.Id, "W2")));
        Assert.True(await WriteAsync(s => s.DeleteWalletAsync(account.Id, "w2")));
        Assert.False(await WriteAsync(s => s.DeleteWalletAsync(account.Id, "w2")));
        Assert.Equal([others], await ReadAsync(s => s.FindWalletsByIdAsync("w2")));
    }

    [Fact]
    public async Task ExternalWallet_BelongsToOneAccount()
    {
        var (a, b) = (await _store.AddAccountAsync(), await _store.AddAccountAsync());
        await WriteAsync(s => s.InsertWalletAsync(new(a.Id, "So1", WalletKind.External, null, Sample.Now)));

        var error = await Assert.ThrowsAnyAsync<DbException>(() =>
            WriteAsync(s => s.InsertWalletAsync(new(b.Id, "So1", WalletKind.External, null, Sample.Now)))
        );

        Assert.True(Dialect.IsUniqueViolation(error));
    }

    [Fact]
    public async Task Challenge_IsGoodOnce()
    {
        var account = await _store.AddAccountAsync();
        var challenge = new WalletChallenge("n1", account.Id, "So1", "Sign this\nplease", Sample.Now);
        await WriteAsync(s => s.InsertChallengeAsync(challenge));

        var taken = await Racing.RunAsync(8, _ => WriteAsync(s => s.TakeChallengeAsync("n1")));

        Assert.Equal(challenge, Assert.Single(taken, c => c is not null));
    }

    [Fact]
    public async Task Person_IsBoundOnce()
    {
        var account = await _store.AddAccountAsync();
        var person = new Person("per_1", account.Id, "a@example.com", "owner", null, null, Sample.Now);
        await WriteAsync(s => s.InsertPersonAsync(person));
        Assert.Equal([person], await ReadAsync(s => s.ListInvitationsAsync("a@example.com")));

        var bound = await Racing.RunAsync(
            8,
            i => WriteAsync(s => s.BindPersonAsync("per_1", "https://idp", $"sub{i}"))
        );

        Assert.Single(bound, b => b);
        var now = await ReadAsync(s => s.GetPersonAsync(account.Id, "per_1"));
        Assert.Equal("https://idp", now!.Issuer);
        Assert.Equal([now], await ReadAsync(s => s.FindPeopleBySubjectAsync("https://idp", now.Subject!)));
        Assert.Equal([now], await ReadAsync(s => s.ListPeopleAsync(account.Id)));
        Assert.Empty(await ReadAsync(s => s.ListInvitationsAsync("a@example.com")));
        Assert.False(await WriteAsync(s => s.DeletePersonAsync("acc_other", "per_1")));
        Assert.True(await WriteAsync(s => s.DeletePersonAsync(account.Id, "per_1")));
        Assert.Null(await ReadAsync(s => s.GetPersonAsync(account.Id, "per_1")));
    }

    [Fact]
    public async Task SamePersonTwice_InOneAccount_IsAUniqueViolation()
    {
        var account = await _store.AddAccountAsync();
        await WriteAsync(s => s.InsertPersonAsync(new("per_1", account.Id, "a@x", "owner", null, null, Sample.Now)));

        var error = await Assert.ThrowsAnyAsync<DbException>(() =>
            WriteAsync(s => s.InsertPersonAsync(new("per_2", account.Id, "a@x", "viewer", null, null, Sample.Now)))
        );

        Assert.True(Dialect.IsUniqueViolation(error));
    }

    [Fact]
    public async Task Operator_IsFound_ByTheHashOfItsToken_UntilDeleted()
    {
        var record = new OperatorRecord("op_1", "Ada", [.. Enumerable.Range(0, 32).Select(i => (byte)i)], Sample.Now);
        await WriteAsync(s => s.InsertOperatorAsync(record));

        Assert.Equivalent(record, await ReadAsync(s => s.FindOperatorByTokenHashAsync(record.TokenHash)), strict: true);
        Assert.Null(await ReadAsync(s => s.FindOperatorByTokenHashAsync(new byte[32])));
        Assert.Equal(["Ada"], (await ReadAsync(s => s.ListOperatorsAsync())).Select(o => o.Name));
        Assert.Equal("Ada", (await ReadAsync(s => s.GetOperatorAsync("op_1")))!.Name);
        Assert.True(await WriteAsync(s => s.DeleteOperatorAsync("op_1")));
        Assert.False(await WriteAsync(s => s.DeleteOperatorAsync("op_1")));
        Assert.Null(await ReadAsync(s => s.FindOperatorByTokenHashAsync(record.TokenHash)));
    }
}
