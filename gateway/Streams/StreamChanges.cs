using System.Data;
using System.Text.Json;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway;

/// <summary>A change this process has applied and not acknowledged yet.</summary>
public sealed class AppliedChange(Change change)
{
    /// <summary>The change.</summary>
    public Change Change => change;

    /// <summary>Streams that were closed for it so far.</summary>
    public int StreamsClosed { get; set; }
}

/// <summary>
/// What changes mean for streams in flight. Changes wait here from being applied until the streams of their keys are
/// judged by the records as they are then; only then they are acknowledged. What fails stays in line, and what it closed
/// stays counted. Without streams nothing waits and nothing is read. Only the follower's loop calls it.
/// </summary>
public sealed class StreamChanges(OpenStreams streams, KeyReader reader, Lease lease)
{
    // Records read at once: an account that is suspended may have streams of many keys.
    private const int KeysAtOnce = 500;

    private readonly List<AppliedChange> _waiting = [];
    private bool _everyone;

    /// <summary>Takes in a change whose record the cache has just evicted.</summary>
    public void Note(AppliedChange change)
    {
        // A stream was let in by a record that was there: that it was made is no news.
        if (change.Change.Kind == ChangeKinds.KeyCreated)
            return;
        Interlocked.MemoryBarrier();
        if (!streams.IsEmpty)
            _waiting.Add(change);
    }

    /// <summary>Every record may be another one, and what waited is of a database that is followed no more.</summary>
    public void NoteEverything()
    {
        Interlocked.MemoryBarrier();
        _waiting.Clear();
        _everyone = !streams.IsEmpty;
    }

    /// <summary>Closes what the changes that wait refuse.</summary>
    /// <param name="read">Reads keys by id, from the primary.</param>
    public async Task SettleAsync(Func<IReadOnlyCollection<string>, Task<List<KeyFacts>>> read)
    {
        if (!_everyone && _waiting.Count == 0)
            return;
        var touched = Touched();
        // Revoked stays revoked, whatever else has changed.
        foreach (var key in touched.Where(k => k.IsRevoked))
            key.Close(streams, _ => DenyReason.RevokedApiKey);
        foreach (var keys in touched.Where(k => !k.IsRevoked).Chunk(KeysAtOnce))
            await JudgeAsync(keys, read);
        _waiting.Clear();
        _everyone = false;
    }

    private List<TouchedKey> Touched()
    {
        var causes = new Causes(_waiting);
        var touched = new Dictionary<string, TouchedKey>(StringComparer.Ordinal);
        foreach (var stream in streams.All)
        {
            if (!touched.TryGetValue(stream.KeyId, out var key))
            {
                var cause = causes.For(stream);
                if (cause is null && !_everyone)
                    continue;
                touched.Add(stream.KeyId, key = new TouchedKey(stream.KeyId, cause));
            }
            key.Streams.Add(stream);
        }
        return [.. touched.Values];
    }

    private async Task JudgeAsync(TouchedKey[] keys, Func<IReadOnlyCollection<string>, Task<List<KeyFacts>>> read)
    {
        List<KeyFacts> facts;
        try
        {
            facts = await read([.. keys.Select(k => k.Id)]);
        }
        catch (Exception e) when (IsDamage(e))
        {
            await JudgeDamagedAsync(keys, read);
            return;
        }
        var byId = facts.ToDictionary(f => f.Key.Id, StringComparer.Ordinal);
        foreach (var key in keys)
            Judge(key, byId.GetValueOrDefault(key.Id));
    }

    // One record that cannot be read must not keep the others open, nor every receipt incomplete for good.
    private async Task JudgeDamagedAsync(
        TouchedKey[] keys,
        Func<IReadOnlyCollection<string>, Task<List<KeyFacts>>> read
    )
    {
        if (keys is [var one])
        {
            one.Close(streams, _ => DenyReason.VerificationUnavailable);
            return;
        }
        foreach (var key in keys)
            await JudgeAsync([key], read);
    }

    private void Judge(TouchedKey key, KeyFacts? facts)
    {
        if (facts is null)
        {
            key.Close(streams, _ => DenyReason.InvalidApiKey);
            return;
        }
        CachedKey record;
        try
        {
            record = reader.Compile(facts);
        }
        catch (FormatException)
        {
            key.Close(streams, _ => DenyReason.VerificationUnavailable);
            return;
        }
        var now = lease.Now().Ticks;
        // One that is refused keeps its old record: else the sweep could close it first, and nobody would count it.
        key.Close(streams, stream => stream.Judge(record, now) ?? stream.Renew(record, now));
    }

    private static bool IsRevoked(AppliedChange? change) => change?.Change.Kind == ChangeKinds.KeyRevoked;

    // What is wrong with the record, and not with the way to it.
    private static bool IsDamage(Exception e) =>
        e is JsonException or FormatException or InvalidCastException or DataException or InvalidOperationException
        && e is not ObjectDisposedException;

    /// <summary>Which change a stream is closed for, when several came at once: the revocation, else the last, since
    /// what stops a key is seldom followed by more.</summary>
    private sealed class Causes
    {
        private readonly Dictionary<string, AppliedChange> _byKey = new(StringComparer.Ordinal);
        private readonly Dictionary<string, AppliedChange> _byAccount = new(StringComparer.Ordinal);

        public Causes(List<AppliedChange> changes)
        {
            foreach (var change in changes)
            {
                if (change.Change.KeyId is not { } keyId)
                    _byAccount[change.Change.AccountId ?? ""] = change;
                else if (!IsRevoked(_byKey.GetValueOrDefault(keyId)))
                    _byKey[keyId] = change;
            }
        }

        public AppliedChange? For(OpenStream stream)
        {
            var own = _byKey.GetValueOrDefault(stream.KeyId);
            var account = _byAccount.GetValueOrDefault(stream.AccountId);
            if (own is null || account is null || IsRevoked(own))
                return own ?? account;
            return own.Change.Number > account.Change.Number ? own : account;
        }
    }

    private sealed record TouchedKey(string Id, AppliedChange? Cause)
    {
        public List<OpenStream> Streams { get; } = [];

        public bool IsRevoked => StreamChanges.IsRevoked(Cause);

        public void Close(OpenStreams open, Func<OpenStream, DenyReason?> judge)
        {
            var refused = Streams
                .Select(s => (Stream: s, Reason: judge(s)))
                .Where(r => r.Reason is not null)
                .Select(r => (r.Stream, r.Reason!.Value))
                .ToList();
            var closed = open.Close(refused);
            if (Cause is not null)
                Cause.StreamsClosed += closed;
        }
    }
}
