using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A store as the first release left it: its schema, and rows in that release's own words, which stay as they are
/// here whatever later ones make of the tables.</summary>
internal sealed record FirstSchema(string Account, string KeyId, string Secret, string RevokedSecret)
{
    /// <summary>When its key was used last.</summary>
    public static DateTimeOffset Used { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Makes one.</summary>
    public static async Task<FirstSchema> CreateAsync(TestStore store)
    {
        await Migrator.MigrateAsync(store.Database, [Migration.Embedded(store.Database.Dialect)[0]]);
        const string account = "acc_of_the_first_release";
        await store.Database.WriteAsync(s =>
            s.ExecuteAsync(
                """
                insert into accounts (id, name, api_keys_enabled, version, created_at, updated_at)
                values (@account, 'Acme', @Yes, 1, @Used, @Used)
                """,
                new
                {
                    account,
                    Yes = true,
                    Used,
                }
            )
        );
        var secret = await AddKeyAsync(store, account, "key_live", 1, null);
        var revoked = await AddKeyAsync(store, account, "key_dead", 2, Used);
        await store.Database.WriteAsync(s =>
            s.ExecuteAsync("insert into last_used (key_id, at) values ('key_live', @Used)", new { Used })
        );
        return new FirstSchema(account, "key_live", secret, revoked);
    }

    private static async Task<string> AddKeyAsync(
        TestStore store,
        string account,
        string id,
        long change,
        DateTimeOffset? revokedAt
    )
    {
        Assert.True(TestKeys.Format.TryGetEnvironment("sandbox", out var environment));
        var secret = TestKeys.Format.Generate(environment!);
        var values = new
        {
            account,
            id,
            change,
            revokedAt,
            SdpPage.Name,
            Used,
            Prefix = TestKeys.Format.DisplayPrefix(secret),
            new KeyHasher(new KeyOptions()).HashNew(secret).Hash,
            Feed = Ids.Random(),
        };
        await store.Database.WriteAsync(s =>
            s.ScriptedAsync(
                values,
                """
                insert into api_keys (id, account_id, name, key_prefix, key_hash, environment, permissions, wallet_scope,
                  wallet_bindings, line_id, revoked_at, created_by, created_at, updated_at, version)
                values (@id, @account, @Name, @Prefix, @Hash, 'sandbox', '["read"]', 'all', '[]', @id, @revokedAt, 'op_1',
                  @Used, @Used, 1)
                """,
                "update change_counter set head = @change where id = 1",
                """
                insert into changes (number, id, kind, key_id, key_hash, account_id, at)
                values (@change, @Feed, 'key.created', @id, @Hash, @account, @Used)
                """
            )
        );
        return secret;
    }
}

internal static class FirstSchemaStatements
{
    /// <summary>Runs statements one after another with the same values.</summary>
    public static async Task ScriptedAsync(this Session session, object values, params string[] statements)
    {
        foreach (var statement in statements)
            await session.ExecuteAsync(statement, values);
    }
}
