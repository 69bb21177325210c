using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task AuditEntry_ComesBack_AsItWasAppended()
    {
        var full = new AuditEntry(
            "aud_2",
            Sample.Now,
            "key",
            "key_1",
            "bot",
            "key.update",
            "acc_1",
            "key_2",
            "2001:db8::1",
            "req-1",
            """{"name":"a"}""",
            """{"name":"b"}"""
        );
        var bare = new AuditEntry("aud_1", Sample.Now, "operator", "op_1", "Ada", "operator.create");
        await WriteAsync(async s =>
        {
            await s.AppendAuditAsync(full);
            await s.AppendAuditAsync(bare);
        });

        Assert.Equal([full, bare], await ReadAsync(s => s.ListAuditAsync(new())));
    }

    [Fact]
    public async Task Audit_IsFiltered_AndPaged()
    {
        for (var i = 0; i < 8; i++)
        {
            var entry = new AuditEntry(
                $"aud_{i}",
                Sample.Now.AddMinutes(i),
                "operator",
                $"op_{i % 2}",
                "Ada",
                i == 2 ? "key.revoke" : "key.create",
                $"acc_{i / 4}",
                $"key_{i}"
            );
            await WriteAsync(s => s.AppendAuditAsync(entry));
        }

        async Task<string> ListAsync(AuditQuery query) =>
            string.Concat((await ReadAsync(s => s.ListAuditAsync(query))).Select(e => e.Id[^1]));

        Assert.Equal("3210", await ListAsync(new(AccountId: "acc_0")));
        Assert.Equal("5", await ListAsync(new(KeyId: "key_5")));
        Assert.Equal("7531", await ListAsync(new(ActorId: "op_1")));
        Assert.Equal("76", await ListAsync(new(From: Sample.Now.AddMinutes(6))));
        Assert.Equal("31", await ListAsync(new("acc_0", ActorId: "op_1", From: Sample.Now)));
        Assert.Equal("2", await ListAsync(new(Action: "key.revoke")));
        Assert.Equal("210", await ListAsync(new(To: Sample.Now.AddMinutes(3))));
        Assert.Equal("543", await ListAsync(new(Limit: 3, After: "aud_6")));
    }

    [Fact]
    public async Task Audit_IsRolledBack_WithItsChange()
    {
        var entry = new AuditEntry("aud_1", Sample.Now, "operator", "op_1", "Ada", "key.create");

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            WriteAsync(async s =>
            {
                await s.AppendAuditAsync(entry);
                throw new InvalidOperationException();
            })
        );

        Assert.Empty(await ReadAsync(s => s.ListAuditAsync(new())));
    }

    [Fact]
    public async Task Idempotent_IsBegunOnce_AndCompletedOnce()
    {
        var record = new IdempotencyRecord("op_1", "POST /v1/accounts", "k", new byte[32], null, null, Sample.Now);

        var begun = await Racing.RunAsync(8, _ => WriteAsync(s => s.TryBeginIdempotentAsync(record)));

        Assert.Single(begun, b => b);
        Assert.Equivalent(record, await ReadAsync(s => s.GetIdempotentAsync("op_1", record.Route, "k")), strict: true);
        Assert.True(await WriteAsync(s => s.TryBeginIdempotentAsync(record with { ActorId = "op_2" })));

        var done = await Racing.RunAsync(
            4,
            _ => WriteAsync(s => s.CompleteIdempotentAsync("op_1", record.Route, "k", 201, """{"data":1}"""))
        );
        Assert.Single(done, d => d);
        var kept = await ReadAsync(s => s.GetIdempotentAsync("op_1", record.Route, "k"));
        Assert.Equal((201, """{"data":1}"""), (kept!.Status, kept.Body));
        Assert.Null((await ReadAsync(s => s.GetIdempotentAsync("op_2", record.Route, "k")))!.Status);
    }

    [Fact]
    public async Task Idempotent_IsForgotten_WhileInFlight_OrWhenStale()
    {
        var record = new IdempotencyRecord("op_1", "r", "k", new byte[32], null, null, Sample.Now);
        async Task<bool> IsKeptAsync() => await ReadAsync(s => s.GetIdempotentAsync("op_1", "r", "k")) is not null;
        Task ForgetStaleAsync(int answeredAfterMs, int begunAfterMs) =>
            WriteAsync(s =>
                s.ForgetStaleIdempotentAsync(
                    record,
                    Sample.Now.AddMilliseconds(answeredAfterMs),
                    Sample.Now.AddMilliseconds(begunAfterMs)
                )
            );

        await WriteAsync(s => s.TryBeginIdempotentAsync(record));
        await WriteAsync(s => s.ForgetIdempotentAsync("op_1", "r", "k"));
        Assert.False(await IsKeptAsync());

        await WriteAsync(s => s.TryBeginIdempotentAsync(record));
        await ForgetStaleAsync(0, 0);
        Assert.True(await IsKeptAsync());
        await ForgetStaleAsync(0, 1);
        Assert.False(await IsKeptAsync());

        await WriteAsync(s => s.TryBeginIdempotentAsync(record));
        await WriteAsync(s => s.CompleteIdempotentAsync("op_1", "r", "k", 201, "{}"));
        await WriteAsync(s => s.ForgetIdempotentAsync("op_1", "r", "k"));
        await ForgetStaleAsync(0, 1);
        Assert.True(await IsKeptAsync());
        await ForgetStaleAsync(1, 0);
        Assert.False(await IsKeptAsync());
    }

    [Fact]
    public async Task Pruning_TakesWhatIsOlder_AndNothingElse()
    {
        var account = await _store.AddAccountAsync();
        await WriteAsync(async s =>
        {
            for (var i = 0; i < 3; i++)
            {
                var at = Sample.Now.AddDays(i);
                await s.AppendAuditAsync(new($"aud_{i}", at, "operator", "op_1", "Ada", "key.create"));
                await s.TryBeginIdempotentAsync(new("op_1", "r", $"k{i}", new byte[32], null, null, at));
                await s.InsertChallengeAsync(new($"n{i}", account.Id, "So1", "m", at));
            }
        });

        var before = Sample.Now.AddDays(2);

        Assert.Equal(2, await WriteAsync(s => s.PruneAuditAsync(before)));
        Assert.Equal(2, await WriteAsync(s => s.PruneIdempotentAsync(before)));
        Assert.Equal(2, await WriteAsync(s => s.PruneChallengesAsync(before)));
        Assert.Equal(0, await WriteAsync(s => s.PruneAuditAsync(before)));
        Assert.Equal("aud_2", Assert.Single(await ReadAsync(s => s.ListAuditAsync(new()))).Id);
        Assert.NotNull(await ReadAsync(s => s.GetIdempotentAsync("op_1", "r", "k2")));
        Assert.NotNull(await WriteAsync(s => s.TakeChallengeAsync("n2")));
    }
}
