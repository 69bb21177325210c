using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Streams whose key would now be refused are closed as the change is applied, and counted in its receipt; all
/// others go on.</summary>
public sealed class StreamsTests
{
    private static readonly Dictionary<string, (string Kind, Func<KeyRecord, KeyRecord> With)> Changes = new(
        StringComparer.Ordinal
    )
    {
        ["REVOKED_API_KEY"] = (ChangeKinds.KeyRevoked, k => k with { RevokedAt = k.CreatedAt }),
        ["REVOKED_API_KEY of all"] = (ChangeKinds.AccountKeysRevoked, k => k with { RevokedAt = k.CreatedAt }),
        ["DISABLED_API_KEY"] = (ChangeKinds.KeyUpdated, k => k with { DisabledAt = k.CreatedAt }),
        ["EXPIRED_API_KEY"] = (ChangeKinds.KeyUpdated, k => k with { ExpiresAt = k.CreatedAt }),
        ["EXPIRED_API_KEY by rotation"] = (ChangeKinds.KeyUpdated, k => k with { RotationDeadline = k.CreatedAt }),
        ["IP_NOT_ALLOWED"] = (ChangeKinds.KeyUpdated, k => k with { AllowedIps = ["10.0.0.0/8"] }),
        ["INSUFFICIENT_PERMISSIONS"] = (ChangeKinds.KeyUpdated, k => k with { Permissions = ["write"] }),
        ["INSUFFICIENT_PERMISSIONS of the wallet"] = (
            ChangeKinds.KeyUpdated,
            k => k with { WalletBindings = [new WalletBinding("w1", ["write"])] }
        ),
        ["WALLET_NOT_ALLOWED"] = (ChangeKinds.KeyUpdated, k => k with { WalletBindings = [new WalletBinding("w2")] }),
    };

    public static TheoryData<string, string> Refusals =>
        new(from provider in new[] { "sqlite", "postgres" } from change in Changes.Keys select (provider, change));

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task KeyThatWouldNowBeRefused_LosesItsStreams_AndTheReceiptCountsThem(string provider, string change)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var (key, secret) = await StreamGateway.IssueKeyAsync(store);
        var (_, other) = await StreamGateway.IssueKeyAsync(store);
        var streams = await gateway.Clients.OpenAllAsync(secret);
        var others = await gateway.Clients.OpenAllAsync(other);
        Assert.Equal(2 * streams.Count, gateway.Streams.Count);

        var (kind, with) = Changes[change];
        await ChangeAsync(store, key, with, kind);

        Assert.Equal(streams.Count, await StreamsClosedAsync(store));
        Assert.Equal(others.Count, gateway.Streams.Count);
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
        await Eventually.TrueAsync(() => gateway.Upstream.Open == others.Count);
        Assert.Contains(
            $"Closed {streams.Count} streams of key {key.Id}: {change.Split(' ')[0]}",
            gateway.Gateway.Log.Text,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task SuspendedAccount_LosesTheStreamsOfAllItsKeys(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var account = await store.AddAccountAsync();
        var (_, one) = await StreamGateway.IssueKeyAsync(store, k => k with { AccountId = account.Id });
        var (_, two) = await StreamGateway.IssueKeyAsync(store, k => k with { AccountId = account.Id });
        var (_, other) = await StreamGateway.IssueKeyAsync(store);
        StreamClient[] streams =
        [
            .. await gateway.Clients.OpenAllAsync(one),
            .. await gateway.Clients.OpenAllAsync(two),
        ];
        var others = await gateway.Clients.OpenAllAsync(other);

        await store.ChangeAccountAsync(account with { SuspendedAt = account.CreatedAt });

        Assert.Equal(streams.Length, await StreamsClosedAsync(store));
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
        await Task.WhenAll(others.Select(s => s.AliveAsync(gateway.Upstream)));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task ChangesThatRefuseNothing_LeaveStreamsOpen(string provider)
    {
        await using var store = await TestStore.CreateAsync(provider);
        await using var gateway = await StreamGateway.StartAsync(store.Options);
        var account = await store.AddAccountAsync();
        var (key, secret) = await StreamGateway.IssueKeyAsync(store, k => k with { AccountId = account.Id });
        var streams = await gateway.Clients.OpenAllAsync(secret);

        key = await store.ChangeKeyAsync(key, k => k with { Name = "Another name", Permissions = ["read", "write"] });
        Assert.Equal(0, await StreamsClosedAsync(store));
        key = await store.ChangeKeyAsync(key, k => k with { AllowedIps = ["127.0.0.0/8"] });
        Assert.Equal(0, await StreamsClosedAsync(store));
        await store.ChangeAccountAsync(account with { Name = "Another name" });
        Assert.Equal(0, await StreamsClosedAsync(store));
        await Task.WhenAll(streams.Select(s => s.AliveAsync(gateway.Upstream)));

        // What was left open is judged by the record as it is now, and the next time again.
        await store.ChangeKeyAsync(key, k => k with { DisabledAt = k.CreatedAt });
        Assert.Equal(streams.Count, await StreamsClosedAsync(store));
        await Task.WhenAll(streams.Select(s => s.CutOffAsync()));
    }

    internal static async Task<int> StreamsClosedAsync(TestStore store)
    {
        var head = await store.Database.ReadAsync(s => s.GetHeadAsync());
        return await StreamsClosedAsync(store, head);
    }

    internal static async Task<int> StreamsClosedAsync(TestStore store, long change)
    {
        IReadOnlyList<Acknowledgement> acknowledged = [];
        await Eventually.TrueAsync(async () =>
        {
            acknowledged = await store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(change, change));
            return acknowledged.Count > 0;
        });
        return Assert.Single(acknowledged).StreamsClosed;
    }

    // As the admin API writes it: a change of every key of an account names no key.
    private static Task ChangeAsync(TestStore store, KeyRecord key, Func<KeyRecord, KeyRecord> with, string kind) =>
        store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(with(key) with { Version = key.Version + 1 });
            var ofAll = kind == ChangeKinds.AccountKeysRevoked;
            await s.AppendChangeAsync(kind, key.AccountId, ofAll ? null : key);
        });
}
