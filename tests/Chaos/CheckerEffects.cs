namespace Gateway.Tests;

/// <summary>What a write leaves of a record, and which rows of the feed may be its own.</summary>
internal static class CheckerEffects
{
    private const string KeyCreated = "key.created";
    private const string KeyUpdated = "key.updated";
    private const string KeyRevoked = "key.revoked";
    private const string AllRevoked = "account.keys-revoked";

    /// <summary>Whether a row says that a key was made.</summary>
    public static bool IsCreation(this FeedEntry entry) => entry.Kind == KeyCreated;

    /// <summary>Whether a row says that every key of an account was revoked.</summary>
    public static bool IsEndOfAll(this FeedEntry entry) => entry.Kind == AllRevoked;

    /// <summary>The numbers a write's answer names: a rotation makes a key and then changes one, in one transaction, and
    /// names the second.</summary>
    public static IEnumerable<long> Numbers(this AdminWrite write) =>
        write.Kind == WriteKind.Rotate ? [write.Receipt!.Change - 1, write.Receipt.Change] : [write.Receipt!.Change];

    /// <summary>Whether a row may be this write's. A write without an answer does not know what it has made.</summary>
    public static bool MayBe(this AdminWrite write, FeedEntry entry)
    {
        if (write.Account != entry.Account)
            return false;
        var (created, changed) = (write.Kind == WriteKind.Rotate ? write.Successor : write.Key, write.Key);
        return entry.Kind switch
        {
            KeyCreated => write.Kind is WriteKind.Create or WriteKind.Rotate && (created ?? entry.Key) == entry.Key,
            KeyUpdated => write.Kind is WriteKind.Update or WriteKind.Disable or WriteKind.Enable or WriteKind.Rotate
                && changed == entry.Key,
            KeyRevoked => write.Kind is WriteKind.Revoke or WriteKind.Rotate && changed == entry.Key,
            AllRevoked => write.Kind == WriteKind.RevokeAll,
            _ => write.Kind is WriteKind.Suspend or WriteKind.Resume or WriteKind.Other,
        };
    }

    /// <summary>What a write leaves of the key of a row.</summary>
    public static KeyState Leaves(this AdminWrite write, KeyState before, FeedEntry entry) =>
        write.Kind switch
        {
            WriteKind.Create => new KeyState { Exists = true, Settings = write.Sets! },
            WriteKind.Update => before with { Settings = Update(before.Settings, write) },
            WriteKind.Disable => before with { Disabled = true },
            WriteKind.Enable => before with { Disabled = false },
            WriteKind.Revoke or WriteKind.RevokeAll => before with { Revoked = before.Exists },
            WriteKind.Rotate => Rotate(before, write, entry),
            _ => before,
        };

    /// <summary>Whether an account is suspended after a write.</summary>
    public static bool Leaves(this AdminWrite write, bool suspended) =>
        write.Kind == WriteKind.Suspend || (write.Kind != WriteKind.Resume && suspended);

    /// <summary>Whether the admin API would show a key like this.</summary>
    public static bool ShownAs(this KeyState key, ReadBack read) =>
        key.Exists
        && key.Settings == read.Sets
        && key.Disabled == read.Off
        && key.Revoked == read.Revoked
        && (
            key.Revoked
            || key.Deadline == read.Deadline
            || (key.Deadline == KeyState.SomeDeadline && read.Deadline is not null)
        );

    // The successor is what its predecessor was.
    private static KeyState Rotate(KeyState before, AdminWrite write, FeedEntry entry)
    {
        if (entry.IsCreation())
            return before with { Deadline = null };
        var deadline = write.Outcome == WriteOutcome.Done ? write.Deadline : KeyState.SomeDeadline;
        return entry.Kind == KeyRevoked ? before with { Revoked = true } : before with { Deadline = deadline };
    }

    private static KeySettings Update(KeySettings before, AdminWrite write)
    {
        var (fields, sets) = (write.Fields.Split(' '), write.Sets!);
        return before with
        {
            Permissions = fields.Contains(nameof(KeySettings.Permissions)) ? sets.Permissions : before.Permissions,
            AllowedIps = fields.Contains(nameof(KeySettings.AllowedIps)) ? sets.AllowedIps : before.AllowedIps,
            Wallets = fields.Contains(nameof(KeySettings.Wallets)) ? sets.Wallets : before.Wallets,
            ExpiresAt = fields.Contains(nameof(KeySettings.ExpiresAt)) ? sets.ExpiresAt : before.ExpiresAt,
        };
    }
}
