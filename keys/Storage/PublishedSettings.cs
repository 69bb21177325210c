namespace Gateway.Keys.Storage;

/// <summary>What processes tell each other of their settings, so that a mismatch between them is seen: a gateway by its
/// row, the admin API here.</summary>
public static class PublishedSettings
{
    /// <summary>Name the admin API publishes under; the process that started last speaks for all of them.</summary>
    public const string Admin = "admin-api";

    /// <summary>Publishes the hash of a kind of process.</summary>
    public static Task PublishSettingsAsync(
        this Session session,
        string kind,
        string settingsHash,
        CancellationToken ct = default
    ) =>
        session.ExecuteAsync(
            $"""
            insert into published_settings (kind, settings_hash, at) values (@kind, @settingsHash, {session.Dialect.Now})
            on conflict (kind) do update set settings_hash = excluded.settings_hash, at = excluded.at
            """,
            new { kind, settingsHash },
            ct
        );

    /// <summary>Who runs with other settings than these. A gateway whose role sees its own row only hears of the admin
    /// API alone, which sees them all.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="settingsHash">One's own.</param>
    /// <param name="since">Gateways that have not renewed since do not count: they are gone.</param>
    /// <param name="ct">Cancels the read.</param>
    /// <returns>Kinds and instance ids, in order.</returns>
    public static Task<List<string>> ListOtherSettingsAsync(
        this Session session,
        string settingsHash,
        DateTimeOffset since,
        CancellationToken ct = default
    ) =>
        session.QueryAsync<string>(
            $"""
            select kind as name from published_settings where settings_hash <> @settingsHash
            union
            select instance_id from gateways
            where settings_hash <> @settingsHash and state <> '{GatewayRow.Closed}' and renewed_at >= @since
            order by name
            """,
            new { settingsHash, since },
            ct
        );
}
