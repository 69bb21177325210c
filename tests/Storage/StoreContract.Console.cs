using System.Security.Cryptography;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task ConsoleSession_ComesBack_IsTouched_AndEnds()
    {
        var person = NewSession("https://id", "sub-1");
        var configured = NewSession("", "op_1") with { Proof = [1, 2, 3] };
        await WriteAsync(async s =>
        {
            await s.InsertConsoleSessionAsync(person);
            await s.InsertConsoleSessionAsync(configured);
        });

        AssertSame(person, await FindAsync(person));
        AssertSame(configured, await FindAsync(configured));
        Assert.Null(await ReadAsync(s => s.FindConsoleSessionAsync(RandomNumberGenerator.GetBytes(32))));

        var seen = Sample.Now.AddMinutes(5);
        await WriteAsync(s => s.TouchConsoleSessionAsync(person.TokenHash, seen));
        Assert.Equal(seen, (await FindAsync(person))!.SeenAt);

        await WriteAsync(s => s.DeleteConsoleSessionAsync(person.TokenHash));
        Assert.Null(await FindAsync(person));
        Assert.NotNull(await FindAsync(configured));
    }

    [Fact]
    public async Task ConsoleSessions_OfSomebody_EndTogether_AndOldOnesAreForgotten()
    {
        ConsoleSession[] sessions =
        [
            NewSession("https://id", "sub-1"),
            NewSession("https://id", "sub-1"),
            NewSession("https://other", "sub-1"),
            NewSession("https://id", "sub-2") with
            {
                ExpiresAt = Sample.Now,
            },
        ];
        foreach (var session in sessions)
            await WriteAsync(s => s.InsertConsoleSessionAsync(session));

        Assert.Equal(2, await WriteAsync(s => s.DeleteConsoleSessionsAsync("https://id", "sub-1")));
        Assert.Equal(1, await WriteAsync(s => s.PruneConsoleSessionsAsync(Sample.Now)));
        Assert.Equal(0, await WriteAsync(s => s.PruneConsoleSessionsAsync(Sample.Now)));

        Assert.Null(await FindAsync(sessions[0]));
        Assert.NotNull(await FindAsync(sessions[2]));
    }

    [Fact]
    public async Task SignInCode_IsTakenOnce_AndInTime()
    {
        byte[] code = [1],
            late = [2];
        await WriteAsync(async s =>
        {
            await s.InsertSignInCodeAsync(code, Sample.Now.AddMinutes(1));
            await s.InsertSignInCodeAsync(late, Sample.Now);
        });

        Assert.False(await WriteAsync(s => s.TakeSignInCodeAsync(late, Sample.Now)));
        Assert.False(await WriteAsync(s => s.TakeSignInCodeAsync([3], Sample.Now)));
        Assert.True(await WriteAsync(s => s.TakeSignInCodeAsync(code, Sample.Now)));
        Assert.False(await WriteAsync(s => s.TakeSignInCodeAsync(code, Sample.Now)));
        Assert.Equal(1, await WriteAsync(s => s.PruneSignInCodesAsync(Sample.Now)));
    }

    [Fact]
    public async Task KeysAreFound_ByPartOfTheirName_ByTheirBeginning_AndWhenTheyAreCurrent()
    {
        var account = await _store.AddAccountAsync();
        var (now, later) = (Sample.Now, Sample.Now.AddHours(1));
        var current = await _store.AddKeyAsync(Sample.Key(account) with { Name = "CI 100%_deploy" });
        var expired = await _store.AddKeyAsync(Sample.Key(account) with { Name = "old CI", ExpiresAt = now });
        await _store.AddKeyAsync(Sample.Key(account) with { Name = "gone", RevokedAt = now });
        var rotating = await _store.AddKeyAsync(
            Sample.Key(account) with
            {
                Name = "bot",
                KeyPrefix = "sk_live_zz99",
                RotationDeadline = later,
            }
        );
        var off = await _store.AddKeyAsync(Sample.Key(account) with { Name = "off", DisabledAt = now });

        Assert.Equal([off.Id, rotating.Id, current.Id], await FindKeysAsync(new(Current: true)));
        Assert.Equal([expired.Id, current.Id], await FindKeysAsync(new(Search: "ci")));
        Assert.Equal([current.Id], await FindKeysAsync(new(Search: "CI", Current: true)));
        Assert.Equal([current.Id], await FindKeysAsync(new(Search: "%_D")));
        Assert.Empty(await FindKeysAsync(new(Search: "C%I")));
        Assert.Equal([rotating.Id], await FindKeysAsync(new(Search: "sk_live_Z")));

        Task<List<string>> FindKeysAsync(KeyQuery query) =>
            ReadAsync(async s => (await s.ListKeysAsync(account.Id, query, now)).ConvertAll(k => k.Id));
    }

    private Task<ConsoleSession?> FindAsync(ConsoleSession session) =>
        ReadAsync(s => s.FindConsoleSessionAsync(session.TokenHash));

    private static void AssertSame(ConsoleSession expected, ConsoleSession? actual)
    {
        Assert.Equal(expected.TokenHash, actual!.TokenHash);
        Assert.Equal(expected.Proof, actual.Proof);
        Assert.Equal(expected with { TokenHash = [], Proof = [] }, actual with { TokenHash = [], Proof = [] });
    }

    private static ConsoleSession NewSession(string issuer, string subject) =>
        new(RandomNumberGenerator.GetBytes(32), issuer, subject, null, Sample.Now, Sample.Now, Sample.Now.AddHours(1));
}
