using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Npgsql;

namespace Gateway.Tests;

/// <summary>Hints that are lost, and commits that come late: the poll finds everything, in order.</summary>
public sealed class OutageHintTests : IAsyncLifetime
{
    private const string Path = "/v1/read/x";

    private static readonly (HttpStatusCode, string) Ok = (HttpStatusCode.OK, "");
    private static readonly (HttpStatusCode, string) Revoked = (HttpStatusCode.Unauthorized, "REVOKED_API_KEY");

    private readonly RecordingUpstream _upstream = new();
    private TestStore _store = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.PostgresAsync();
        _gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task ChangeOfWhichNobodyNotifies_IsFoundByThePoll_AndNotificationsComeBack()
    {
        await ListeningAsync();
        var (key, secret) = await _store.IssueKeyAsync();
        Assert.Equal(Ok, await _gateway.TryAsync(Path, secret));

        Assert.Equal(1, await ListenersAsync("pg_terminate_backend(pid)"));
        var number = await _store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(key with { RevokedAt = key.CreatedAt, Version = 2 });
            await s.ExecuteAsync("update change_counter set head = head + 1");
            var head = await s.GetHeadAsync();
            // As it is written, but for the notification.
            await s.ExecuteAsync(
                "insert into changes (number, id, kind, key_id, key_hash, account_id, at) "
                    + "values (@head, 'quiet', @kind, @Id, @Hash, @AccountId, now())",
                new
                {
                    head,
                    kind = ChangeKinds.KeyRevoked,
                    key.Id,
                    key.Hash,
                    key.AccountId,
                }
            );
            return head;
        });
        await _store.AcknowledgedAsync(number);

        Assert.Equal(Revoked, await _gateway.TryAsync(Path, secret));
        await ListeningAsync();
    }

    [Fact]
    public async Task CommitThatComesLate_HoldsBackTheNumbersAfterIt_AndBothAreApplied()
    {
        var (late, lateSecret) = await _store.IssueKeyAsync();
        var (next, nextSecret) = await _store.IssueKeyAsync();
        Assert.Equal((Ok, Ok), (await _gateway.TryAsync(Path, lateSecret), await _gateway.TryAsync(Path, nextSecret)));
        var commit = new TaskCompletionSource();
        var begun = new TaskCompletionSource<long>();

        var first = _store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(late with { RevokedAt = late.CreatedAt, Version = 2 });
            begun.SetResult(await s.AppendChangeAsync(ChangeKinds.KeyRevoked, late.AccountId, late));
            await commit.Task;
        });
        var number = await begun.Task;
        var second = _store.ChangeKeyAsync(next, k => k with { RevokedAt = k.CreatedAt }, ChangeKinds.KeyRevoked);
        await Eventually.TrueAsync(async () => await CountAsync("wait_event_type = 'Lock'", "count(*)") > 0);
        Assert.Equal((Ok, Ok), (await _gateway.TryAsync(Path, lateSecret), await _gateway.TryAsync(Path, nextSecret)));
        commit.SetResult();
        await first;
        await second;

        Assert.Equal(
            (Revoked, Revoked),
            (await _gateway.TryAsync(Path, lateSecret), await _gateway.TryAsync(Path, nextSecret))
        );
        var changes = await _store.Database.ReadAsync(s => s.ReadChangesAsync(number, 10));
        Assert.Equal([late.Id, next.Id], changes.Select(c => c.KeyId));
    }

    private Task ListeningAsync() => Eventually.TrueAsync(async () => await ListenersAsync("true") == 1);

    private Task<long> ListenersAsync(string what) =>
        CountAsync("query = 'listen gateway_changes'", $"count(*) filter (where {what})");

    private async Task<long> CountAsync(string where, string what)
    {
        await using var connection = new NpgsqlConnection(_store.Options.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"select {what} from pg_stat_activity where datname = current_database() and {where}",
            connection
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
