using Dapper;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Npgsql;

namespace Gateway.Tests;

/// <summary>How the store is reached, before anything is stored.</summary>
public sealed class DatabaseTests
{
    [Theory]
    [InlineData("mysql", "Server=x")]
    [InlineData("sqlite", "Data Source=x;Password_typo=hunter2")]
    [InlineData("postgres", "Host=x;Pasword=hunter2")]
    [InlineData("postgres", "Host=x;Port=hunter2")]
    public void SettingsThatCannotBeUsed_AreRefused_WithoutQuotingThem(string provider, string connectionString)
    {
        var options = new StoreOptions { Provider = provider, ConnectionString = connectionString };

        var error = Assert.Throws<SettingsException>(() => Database.Create(options));

        Assert.Contains("Store:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DatabaseThatIsDown_IsNoticedOnUse_NotAtStart()
    {
        var options = new StoreOptions
        {
            Provider = "postgres",
            ConnectionString = "Host=127.0.0.1;Port=1;Username=x;Database=x",
        };
        await using var database = Database.Create(options);

        await Assert.ThrowsAsync<NpgsqlException>(() => database.ReadAsync(s => s.GetHeadAsync()));
    }

    [Theory]
    [InlineData("", "on")]
    [InlineData("-c synchronous_commit=off", "on")]
    [InlineData("-c synchronous_commit=remote_apply", "remote_apply")]
    public async Task CommitsOnPostgres_AreOnDisk_WhateverTheServerIsSetTo(string given, string inForce)
    {
        await using var store = await TestStore.PostgresAsync();
        await PostgresServer.ExecuteAsync(
            $"alter database {new NpgsqlConnectionStringBuilder(store.Options.ConnectionString).Database} "
                + "set synchronous_commit = off"
        );
        var settings = new NpgsqlConnectionStringBuilder(store.Options.ConnectionString) { Options = given };
        await using var database = Database.Create(
            new() { Provider = "postgres", ConnectionString = settings.ConnectionString }
        );

        for (var use = 0; use < 2; use++) // the second time it comes from the pool
        {
            await using var connection = await database.Source.OpenConnectionAsync();
            Assert.Equal(inForce, await connection.ExecuteScalarAsync<string>("show synchronous_commit"));
        }
    }

    [Theory]
    [InlineData("", "2s")]
    [InlineData("-c idle_in_transaction_session_timeout=1s", "1s")]
    public async Task TransactionWhoseProcessIsGone_KeepsNobodyFromWritingForLong(string given, string limit)
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Options = given };
        await using var database = Database.Create(
            new() { Provider = "postgres", ConnectionString = settings.ConnectionString }
        );
        await using var connection = await database.Source.OpenConnectionAsync();
        Assert.Equal(limit, await connection.ExecuteScalarAsync<string>("show idle_in_transaction_session_timeout"));
        if (limit != "1s")
            return;

        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("update change_counter set head = head + 1");
        relay.Strand();

        // It waits for the counter, as every write does, for no longer than a statement may take.
        Assert.Equal(1, await store.Database.WriteAsync(s => s.AppendChangeAsync("x", "a")));
    }

    [Theory]
    [InlineData("", 2, 5)]
    [InlineData(";Timeout=7", 7, 5)]
    [InlineData(";Command Timeout=9", 2, 9)]
    public async Task SlowPostgres_CountsAsDown_AfterSeconds_UnlessToldOtherwise(string more, int connect, int command)
    {
        await using var database = Database.Create(
            new() { Provider = "postgres", ConnectionString = "Host=127.0.0.1;Port=1" + more }
        );

        var settings = new NpgsqlConnectionStringBuilder(database.Source.ConnectionString);

        Assert.Equal((connect, command), (settings.Timeout, settings.CommandTimeout));
    }

    [Fact]
    public async Task StoreThatIsSlowAtEveryStatement_IsNotAskedOneAfterTheOtherForEver()
    {
        await using var store = await TestStore.PostgresAsync();
        var (relay, options) = store.Relayed();
        await using var network = relay;
        await using var database = Database.Create(
            new()
            {
                Provider = "postgres",
                ConnectionString = options.ConnectionString + ";Timeout=3;Command Timeout=1",
            }
        );
        await database.ReadAsync(s => s.GetHeadAsync());
        relay.Delay = TimeSpan.FromSeconds(0.15);
        var asked = 0;

        var reading = Assert.ThrowsAsync<TimeoutException>(() => database.ReadAsync(AskOnAsync));
        await Assert.ThrowsAsync<TimeoutException>(() => database.WriteAsync(AskOnAsync));
        await reading;

        Assert.InRange(asked, 2, 30);

        async Task<long> AskOnAsync(Session session)
        {
            for (; asked < 100; Interlocked.Increment(ref asked))
                await session.GetHeadAsync();
            return 0;
        }
    }

    [Fact]
    public async Task OfSeveralHosts_OnlyThePrimaryIsAsked()
    {
        await using var store = await TestStore.PostgresAsync();
        var settings = new NpgsqlConnectionStringBuilder(store.Options.ConnectionString);
        settings.Host = $"127.0.0.1:1,{settings.Host}:{settings.Port}";
        await using var database = Database.Create(
            new() { Provider = "postgres", ConnectionString = settings.ConnectionString }
        );

        Assert.Equal(0, await database.ReadAsync(s => s.GetHeadAsync()));
        database.Refresh();
        Assert.Equal(0, await database.ReadAsync(s => s.GetHeadAsync()));
        settings = new NpgsqlConnectionStringBuilder(database.Source.ConnectionString);
        Assert.Equal("primary", settings.TargetSessionAttributes);
    }

    [Theory]
    [InlineData("initial.sql", "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n")]
    [InlineData("0001_x.sql", "select 1;\n-- migrate:down\nselect 2;\n")]
    [InlineData("0001_x.sql", "-- migrate:up\nselect 1;\n")]
    [InlineData("0001_x.sql", "-- migrate:down\nselect 2;\n-- migrate:up\nselect 1;\n")]
    public void FileThatIsNoMigration_IsRefused(string name, string text)
    {
        var error = Assert.Throws<FormatException>(() => Migration.Parse(name, text));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Migration_HasTheSameChecksum_WhateverItsLineEndings()
    {
        const string text = "-- migrate:up\nselect 1;\n\n-- migrate:down\nselect 2;\n";

        var migration = Migration.Parse("0042_x.sql", text);

        Assert.Equal(
            ("0042", "select 1;", "select 2;"),
            (migration.Version, migration.Up.Trim(), migration.Down.Trim())
        );
        Assert.Equal(migration, Migration.Parse("0042_x.sql", text.ReplaceLineEndings("\r\n")));
        Assert.NotEqual(migration.Checksum, Migration.Parse("0042_x.sql", text + "\n").Checksum);
    }

    [Fact]
    public void EveryDatabase_HasItsMigrationsInTheProgram()
    {
        var sqlite = Migration.Embedded(Dialect.Sqlite);

        Assert.NotEmpty(sqlite);
        Assert.Equal(sqlite.Select(m => m.Name), Migration.Embedded(Dialect.Postgres).Select(m => m.Name));
    }
}
