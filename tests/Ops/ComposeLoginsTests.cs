namespace Gateway.Tests;

/// <summary>The logins that <c>ops/compose.sh</c> makes for its Postgres.</summary>
[Collection(PostgresRolesTests.Collection)]
public sealed class ComposeLoginsTests
{
    private const string Logins = """
        select l.rolname || ' ' || r.rolname from pg_auth_members m
        join pg_roles l on l.oid = m.member and l.rolname in ('admin-1', 'gateway-1', 'gateway-2') and l.rolcanlogin
        join pg_roles r on r.oid = m.roleid
        order by 1
        """;

    [Fact]
    public async Task EachProcess_HasItsOwn_InTheRoleOfItsKind_AndTheyCanBeMadeTwice()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        await using var store = await TestStore.PostgresAsync();
        try
        {
            await Repository.RunAsync("ops/compose.sh", "secrets", folder);
            var logins = await File.ReadAllTextAsync(Path.Combine(folder, "logins.sql"));
            var script = SourceTree.Read("ops/postgres-roles.sql") + "\n" + logins;
            for (var time = 0; time < 2; time++)
                await store.Database.WriteAsync(s => s.ScriptAsync(script, default));
            Assert.Equal(
                ["admin-1 gateway_control_plane", "gateway-1 gateway_data_plane", "gateway-2 gateway_data_plane"],
                await store.Database.ReadAsync(s => s.QueryAsync<string>(Logins))
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await store.Database.WriteAsync(s =>
                s.ScriptAsync("""drop role if exists "admin-1", "gateway-1", "gateway-2";""", default)
            );
        }
    }
}
