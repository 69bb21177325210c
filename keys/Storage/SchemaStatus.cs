namespace Gateway.Keys.Storage;

/// <summary>How the database's schema compares with the one this program was built for.</summary>
public enum SchemaState
{
    /// <summary>The same.</summary>
    Current,

    /// <summary>There is none yet.</summary>
    Missing,

    /// <summary>Migrations are to be applied.</summary>
    Older,

    /// <summary>It has migrations this program does not know.</summary>
    Newer,

    /// <summary>A migration's file was changed after it was applied.</summary>
    Changed,
}

/// <summary>The state of the schema, and in words what to do about it.</summary>
/// <param name="State">The state.</param>
/// <param name="Message">One sentence or two for people; names versions and commands.</param>
public sealed record SchemaStatus(SchemaState State, string Message)
{
    /// <summary>Whether the stores can be used.</summary>
    public bool IsCurrent => State == SchemaState.Current;

    internal static SchemaStatus Compare(
        IReadOnlyList<Migration> known,
        IReadOnlyList<string> applied,
        IReadOnlyDictionary<string, string> checksums
    )
    {
        var newest = known.Count == 0 ? "0" : known[^1].Version;
        if (applied.FirstOrDefault(v => known.All(m => m.Version != v)) is { } unknown)
            return new(
                SchemaState.Newer,
                $"The database has schema version {unknown}, which this program does not know (it knows up to {newest}): "
                    + "a newer release migrated it. Run that release, or go back with its 'admin-api migrate --down "
                    + $"{newest}'."
            );
        if (known.FirstOrDefault(m => checksums.TryGetValue(m.Version, out var c) && c != m.Checksum) is { } changed)
            return new(
                SchemaState.Changed,
                $"Migration {changed.Name} is not the file that was applied to this database. Run the release that "
                    + "applied it; what is to be changed belongs in a new migration."
            );
        if (applied.Count == 0)
            return new(SchemaState.Missing, "The database has no schema yet: run 'admin-api migrate'.");
        if (known.FirstOrDefault(m => !applied.Contains(m.Version)) is { } missing)
            return new(
                SchemaState.Older,
                $"The database lacks schema version {missing.Version}: run 'admin-api migrate'."
            );
        return new(SchemaState.Current, $"The schema is at version {newest}.");
    }
}

/// <summary>The schema cannot be brought to what this program needs; the message says what to do.</summary>
public sealed class SchemaException(SchemaStatus status) : Exception(status.Message)
{
    /// <summary>What was found.</summary>
    public SchemaStatus Status { get; } = status;
}
