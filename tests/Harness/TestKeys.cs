using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Keys written straight into a store, with the change the admin API would have written.</summary>
public static class TestKeys
{
    /// <summary>Formats with the default environments.</summary>
    public static KeyFormat Format { get; } = new(new KeyOptions());

    /// <summary>Stores a key of a new account unless it names another; <c>sandbox</c> and <c>*</c> unless it says
    /// otherwise. Returns once every open gateway knows of it.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="with">Changes the record.</param>
    /// <param name="options">Environments and peppers; the defaults when null.</param>
    /// <param name="secret">Made up when null.</param>
    /// <param name="settled">False returns at once, though gateways may be cut off.</param>
    /// <returns>The record and its secret.</returns>
    public static async Task<(KeyRecord Key, string Secret)> IssueKeyAsync(
        this TestStore store,
        Func<KeyRecord, KeyRecord>? with = null,
        KeyOptions? options = null,
        string? secret = null,
        bool settled = true
    )
    {
        var now = TimeProvider.System.Now();
        var id = Ids.New(Ids.Key, TimeProvider.System);
        var draft = new KeyRecord
        {
            Id = id,
            AccountId = "",
            Name = "A key",
            KeyPrefix = "",
            Hash = [],
            Environment = "sandbox",
            Permissions = ["*"],
            LineId = id,
            CreatedBy = "op_test",
            CreatedAt = now,
            UpdatedAt = now,
        };
        draft = with?.Invoke(draft) ?? draft;
        var format = options is null ? Format : new KeyFormat(options);
        Assert.True(format.TryGetEnvironment(draft.Environment, out var environment));
        secret ??= format.Generate(environment!);
        var (hash, pepper) = new KeyHasher(options ?? new KeyOptions()).HashNew(secret);
        var key = draft with
        {
            KeyPrefix = format.DisplayPrefix(secret),
            Hash = hash,
            PepperId = pepper,
            AccountId = draft.AccountId.Length > 0 ? draft.AccountId : (await store.AddAccountAsync()).Id,
        };
        var number = await store.Database.WriteAsync(async s =>
        {
            await s.InsertKeyAsync(key);
            return await s.AppendChangeAsync(ChangeKinds.KeyCreated, key.AccountId, key);
        });
        if (settled)
            await store.AcknowledgedAsync(number);
        return (key, secret);
    }

    /// <summary>Changes a key and returns once every open gateway has acknowledged the change.</summary>
    public static async Task<KeyRecord> ChangeKeyAsync(
        this TestStore store,
        KeyRecord key,
        Func<KeyRecord, KeyRecord> with,
        string kind = ChangeKinds.KeyUpdated
    )
    {
        var changed = with(key) with { Version = key.Version + 1 };
        var number = await store.Database.WriteAsync(async s =>
        {
            await s.UpdateKeyAsync(changed);
            return await s.AppendChangeAsync(kind, changed.AccountId, changed);
        });
        await store.AcknowledgedAsync(number);
        return changed;
    }

    /// <summary>Changes an account and returns once every open gateway has acknowledged the change.</summary>
    public static async Task ChangeAccountAsync(this TestStore store, Account account)
    {
        var number = await store.Database.WriteAsync(async s =>
        {
            await s.UpdateAccountAsync(account with { Version = account.Version + 1 });
            return await s.AppendChangeAsync(ChangeKinds.AccountUpdated, account.Id);
        });
        await store.AcknowledgedAsync(number);
    }

    /// <summary>Waits until every open gateway has acknowledged all that was changed so far.</summary>
    public static async Task SettledAsync(this TestStore store) =>
        await store.AcknowledgedAsync(await store.Database.ReadAsync(s => s.GetHeadAsync()));

    /// <summary>Waits until every open gateway has acknowledged a change.</summary>
    public static Task AcknowledgedAsync(this TestStore store, long number) =>
        Eventually.TrueAsync(() =>
            store.Database.ReadAsync(async s =>
            {
                var open = await s.ListGatewaysAsync(openOnly: true);
                var done = await s.ListAcknowledgementsAsync(number, number);
                return open.TrueForAll(g => g.Applied >= number || done.Exists(a => a.Incarnation == g.Incarnation));
            })
        );
}
