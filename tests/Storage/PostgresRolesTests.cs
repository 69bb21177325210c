using Gateway.Keys;
using Gateway.Keys.Storage;
using Npgsql;

namespace Gateway.Tests;

/// <summary>ops/postgres-roles.sql: a gateway that is taken over cannot mint keys. Real roles, a real server.</summary>
[Collection(Collection)]
public sealed class PostgresRolesTests : IAsyncLifetime
{
    /// <summary>Roles are the whole server's: who makes some takes turns.</summary>
    public const string Collection = "Roles of Postgres";

    private const string Password = "only-for-this-test";

    private static readonly string[] Forbidden =
    [
        "insert into api_keys select * from api_keys",
        "update api_keys set revoked_at = null",
        "delete from api_keys",
        "select * from api_keys for update",
        "update accounts set suspended_at = null",
        "select name from accounts",
        "insert into changes select * from changes",
        "delete from changes",
        "update change_counter set head = 0",
        "select token_hash from operators",
        "insert into operators values ('op_x', 'x', '\\x00', now())",
        "select body from idempotency",
        "select * from audit_entries",
        "delete from audit_entries",
        "select * from people",
        "select * from wallets",
        "select * from wallet_challenges",
        "update published_settings set settings_hash = 'x'",
        "delete from schema_migrations",
        "delete from gateways",
        "update gateways set owner = 'postgres'",
        "delete from acknowledgements",
        "delete from gateway_routes",
        "update gateway_routes set incarnation = 'i'",
        "delete from usage_batches",
        "drop table audit_entries",
        "alter table gateways disable row level security",
        "create table mine (id text)",
        "create temporary table mine (id text)",
        "set role gateway_control_plane",
    ];

    private readonly List<Database> _logins = [];
    private readonly List<string> _names = [];
    private TestStore _store = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.PostgresAsync();
        var script = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "ops", "postgres-roles.sql"));
        for (var run = 0; run < 2; run++) // it can be repeated
            await _store.Database.WriteAsync(s => s.ExecuteAsync(script));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var login in _logins)
            await login.DisposeAsync();
        await _store.DisposeAsync();
        foreach (var name in _names)
            await PostgresServer.ExecuteAsync($"drop role {name}");
    }

    [Fact]
    public async Task Gateway_CanDoEverythingAGatewayDoes()
    {
        var gateway = await LoginAsync("gateway_data_plane");
        var key = await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));
        var row = Sample.Gateway();

        Assert.True((await Migrator.CheckAsync(gateway)).IsCurrent);
        await gateway.WriteAsync(s => s.InsertGatewayAsync(row));
        Assert.Equal(1, await gateway.ReadAsync(s => s.GetHeadAsync()));
        Assert.Single(await gateway.ReadAsync(s => s.ReadChangesAsync(0, 10)));
        Assert.Equal(key.Id, (await gateway.ReadAsync(s => s.FindKeyByHashAsync([key.Hash])))!.Key.Id);
        Assert.False(await gateway.ReadAsync(s => s.HasForeignPepperAsync(key.KeyPrefix, ["p"])));
        var renewal = await gateway.WriteAsync(s =>
            s.RenewGatewayAsync(row.Incarnation, 1, 1, row.Lease, row.MaxStaleness)
        );
        Assert.Equal(1, renewal!.Head);
        Assert.Empty(await gateway.ReadAsync(s => s.ListOtherSettingsAsync(row.SettingsHash, Sample.Now)));
        for (var i = 0; i < 2; i++)
            await gateway.WriteAsync(s => s.AcknowledgeAsync(row.Incarnation, [(1, 0)]));
        foreach (var id in new[] { "b1", "b1", "b2" })
            await gateway.WriteUsageAsync(new(id, [new(key.Id, Sample.Now)], [new(key.Id, Sample.Now, "allowed", 1)]));
        await gateway.ReadAsync(s => s.ExecuteAsync($"listen {ChangeFeed.Channel}"));
        foreach (var version in new[] { "one", "two" })
            await gateway.WriteAsync(s => s.PublishRoutesAsync(row.Incarnation, Sample.Routes(version)));
        Assert.Equal("two", Assert.Single(await _store.Database.ReadAsync(s => s.ListServedRoutesAsync())).Version);
        await gateway.WriteAsync(s => s.CloseGatewayAsync(row.Incarnation));

        Assert.Single(await _store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(1, 1)));
        Assert.Equal(2, (await _store.Database.ReadAsync(s => s.GetUsageAsync(key.Id, Sample.Now)))[0].Requests);
        Assert.Empty(await _store.Database.ReadAsync(s => s.ListGatewaysAsync(openOnly: true)));
    }

    [Fact]
    public async Task Gateway_HasTheseRights_AndNoOthers()
    {
        var gateway = await LoginAsync("gateway_data_plane");

        var rights = await gateway.ReadAsync(s =>
            s.QueryAsync<string>(
                """
                select t.relname || ': ' || string_agg(p.name, ' ' order by p.name)
                from pg_class t,
                  (values ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('references'), ('trigger')) p (name)
                where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'v', 'm', 'S', 'f', 'p')
                  and case when p.name in ('delete', 'truncate', 'trigger') then has_table_privilege(t.oid, p.name)
                    else has_any_column_privilege(t.oid, p.name) end
                group by t.relname order by t.relname
                """
            )
        );

        Assert.Equal(
            [
                "accounts: select",
                "acknowledgements: insert",
                "api_keys: select",
                "change_counter: select",
                "changes: select",
                "gateway_routes: insert select update",
                "gateways: insert select update",
                "last_used: insert select update",
                "open_gateways: select",
                "published_settings: select",
                "schema_checksums: select",
                "schema_migrations: select",
                "usage_batches: insert",
                "usage_hourly: insert select update",
            ],
            rights
        );
    }

    [Fact]
    public async Task Gateway_IsRefused_EverythingElse()
    {
        var gateway = await LoginAsync("gateway_data_plane");

        foreach (var sql in Forbidden)
            await AssertRefusedAsync(sql, () => gateway.WriteAsync(s => s.ExecuteAsync(sql)));
    }

    [Fact]
    public async Task Gateway_TouchesNoRow_OfAnother()
    {
        var (one, two) = (await LoginAsync("gateway_data_plane"), await LoginAsync("gateway_data_plane"));
        await _store.AddKeyAsync(Sample.Key(await _store.AddAccountAsync()));
        var row = Sample.Gateway();
        await one.WriteAsync(s => s.InsertGatewayAsync(row));
        await one.WriteAsync(s => s.PublishRoutesAsync(row.Incarnation, Sample.Routes("mine")));

        foreach (var incarnation in new[] { row.Incarnation, "nobody" })
            await AssertRefusedAsync(
                "routes",
                () => two.WriteAsync(s => s.PublishRoutesAsync(incarnation, Sample.Routes("theirs")))
            );
        await two.WriteAsync(s => s.ExecuteAsync("update gateway_routes set version = 'theirs'"));
        Assert.Equal("mine", Assert.Single(await _store.Database.ReadAsync(s => s.ListServedRoutesAsync())).Version);
        Assert.Empty(await two.ReadAsync(s => s.ListGatewaysAsync()));
        // How many there are it may know.
        Assert.Equal(1, await two.ReadAsync(s => s.CountOpenGatewaysAsync(DateTimeOffset.UnixEpoch)));
        Assert.Null(await two.WriteAsync(s => s.RenewGatewayAsync(row.Incarnation, 1, 9, row.Lease, row.MaxStaleness)));
        await two.WriteAsync(s => s.CloseGatewayAsync(row.Incarnation));
        await AssertRefusedAsync(
            "acknowledge",
            () => two.WriteAsync(s => s.AcknowledgeAsync(row.Incarnation, [(1, 0)]))
        );
        await AssertRefusedAsync(
            "insert",
            () =>
                two.WriteAsync(s =>
                    s.ExecuteAsync(
                        "insert into gateways values ('i', 'x', 'x', 'x', 'open', 0, 0, 0, 0, now(), now(), 'postgres')"
                    )
                )
        );

        var stored = Assert.Single(await _store.Database.ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Equal((GatewayRow.Open, 0, 0), (stored.State, stored.Applied, stored.Renewals));
        Assert.Empty(await _store.Database.ReadAsync(s => s.ListAcknowledgementsAsync(0, 9)));
    }

    [Fact]
    public async Task AdminApi_SeesTheWholeFleet_AndWritesRows_ButNotTheSchema()
    {
        var (admin, gateway) = (await LoginAsync("gateway_control_plane"), await LoginAsync("gateway_data_plane"));
        var row = Sample.Gateway();
        await gateway.WriteAsync(s => s.InsertGatewayAsync(row));
        var account = Sample.Account();
        await admin.WriteAsync(s => s.PublishSettingsAsync(PublishedSettings.Admin, "abc"));
        await admin.WriteAsync(async s =>
        {
            await s.InsertAccountAsync(account);
            await s.GetAccountAsync(account.Id, forUpdate: true);
            var key = Sample.Key(account);
            await s.InsertKeyAsync(key);
            await s.AppendAuditAsync(new("aud_1", Sample.Now, "operator", "op_1", "Ada", "key.create"));
            await s.AppendChangeAsync(ChangeKinds.KeyCreated, account.Id, key);
        });
        await gateway.WriteAsync(s => s.AcknowledgeAsync(row.Incarnation, [(1, 0)]));

        Assert.True((await Migrator.CheckAsync(admin)).IsCurrent);
        Assert.Single(await admin.ReadAsync(s => s.ListGatewaysAsync()));
        Assert.Single(await admin.ReadAsync(s => s.ListAcknowledgementsAsync(1, 1)));
        Assert.True(await admin.WriteAsync(s => s.CloseLostGatewayAsync(row.Incarnation, 0)));
        Assert.Equal(1, await admin.WriteAsync(s => s.PruneFleetAsync(DateTimeOffset.UtcNow.AddDays(1))));
        await AssertRefusedAsync("drop", () => admin.WriteAsync(s => s.ExecuteAsync("drop table audit_entries")));
        await AssertRefusedAsync(
            "delete",
            () => admin.WriteAsync(s => s.ExecuteAsync("delete from schema_migrations"))
        );
    }

    private static async Task AssertRefusedAsync(string what, Func<Task> act)
    {
        var error = await Record.ExceptionAsync(act) as PostgresException;
        Assert.True(error?.SqlState == PostgresErrorCodes.InsufficientPrivilege, $"{what}: {error?.Message ?? "done"}");
    }

    private async Task<Database> LoginAsync(string role)
    {
        var name = PostgresServer.NewName();
        await PostgresServer.ExecuteAsync($"create role {name} login password '{Password}' in role {role}");
        _names.Add(name);
        var connection = new NpgsqlConnectionStringBuilder(_store.Options.ConnectionString)
        {
            Username = name,
            Password = Password,
        };
        var login = Database.Create(new() { Provider = "postgres", ConnectionString = connection.ConnectionString });
        _logins.Add(login);
        return login;
    }
}
