namespace Gateway.Tests;

/// <summary>Makes the planned writes, one line for each account, and records each with all that was answered.</summary>
/// <param name="desk">Sends them.</param>
/// <param name="history">Takes them down.</param>
/// <param name="clock">The run's.</param>
/// <param name="changed">Told of the keys a write was about, as soon as it has its answer.</param>
public sealed class AdminWrites(
    AdminDesk desk,
    History history,
    RunClock clock,
    Action<IReadOnlyCollection<IssuedKey>> changed
)
{
    // More than an account may have.
    private const int CrowdSize = 8;

    private static readonly TimeSpan TooLate = TimeSpan.FromSeconds(1.5);

    // Receipts that were not complete and are read again, at a time.
    private readonly SemaphoreSlim _following = new(8);
    private int _names;

    /// <summary>Opens an account with its wallets.</summary>
    public async Task<Tenant> OpenAccountAsync(string name, int slots)
    {
        var made = await desk.SendAsync(HttpMethod.Post, "/v1/accounts", new { name, apiKeysEnabled = true });
        var tenant = new Tenant((string)made.Data["account"]!["id"]!, name, slots);
        foreach (var walletId in KeyBodies.Wallets)
        {
            var answer = await desk.SendAsync(
                HttpMethod.Post,
                $"/v1/accounts/{tenant.Id}/wallets",
                new { walletId, kind = "custodial" }
            );
            if (answer.Receipt is not null)
                Record(tenant, answer, WriteKind.Other);
        }
        return tenant;
    }

    /// <summary>Makes a line of writes, each when it is due and the one before has its answer.</summary>
    public async Task RunAsync(Tenant tenant, IEnumerable<PlannedWrite> line, TimeSpan start, CancellationToken stop)
    {
        foreach (var together in line.GroupBy(w => w.At))
        {
            await clock.UntilAsync(start + together.Key, stop);
            // What a receipt has held up for long is left out: made up for all at once, it would be another schedule.
            if (clock.Now - start - together.Key > TooLate)
                continue;
            await Task.WhenAll(together.Select(w => MakeAsync(tenant, w)));
        }
    }

    /// <summary>Makes a key for a place.</summary>
    public async Task CreateAsync(Tenant tenant, KeySlot slot, KeySettings settings, string? wait = null)
    {
        var name = $"key {Interlocked.Increment(ref _names)}";
        var answer = await desk.SendAsync(HttpMethod.Post, KeysOf(tenant), KeyBodies.ToCreate(name, settings), wait);
        var key = answer.Outcome == WriteOutcome.Done ? Issued(answer, name) : null;
        Record(tenant, answer, WriteKind.Create, key?.Id, w => w with { Sets = settings });
        var isLost = answer.Outcome == WriteOutcome.Unknown || key is not null && !tenant.TakesOneFor(slot);
        tenant.HasLostKeys |= isLost;
        if (key is null)
            return;
        tenant.Replace(slot, key);
        changed([key]);
    }

    /// <summary>Revokes a key.</summary>
    public async Task RevokeAsync(Tenant tenant, KeySlot? slot, IssuedKey key, string? wait = null)
    {
        var body = new { confirmation = key.Name };
        var answer = await desk.SendAsync(HttpMethod.Delete, PathOf(tenant, key), body, wait);
        Record(tenant, answer, WriteKind.Revoke, key.Id);
        Note(slot, key, answer, () => key.HasEnded = true);
        // One that nobody holds cannot be tried.
        if (key.Secret.Length > 0)
            changed([key]);
    }

    private Task MakeAsync(Tenant tenant, PlannedWrite planned)
    {
        var dice = new ChaosDice(planned.Dice, "write");
        if (planned.Write is ChaosWrite.Suspend or ChaosWrite.Resume or ChaosWrite.RevokeAll)
            return tenant.IsUnsettled ? Task.CompletedTask : WholeAsync(tenant, planned);
        if (planned.Write == ChaosWrite.Crowd)
            return CrowdAsync(tenant, dice, planned.Wait);
        var slot = tenant.Slots[planned.Slot];
        if (slot.IsUnsettled)
            return Task.CompletedTask;
        if (planned.Write == ChaosWrite.RevokeAgain)
            return AgainAsync(tenant, planned.Wait);
        if (slot.Key is not { HasEnded: false } key)
            return CreateAsync(tenant, slot, KeyBodies.New(dice), planned.Wait);
        return planned.Write switch
        {
            ChaosWrite.Disable => SwitchAsync(tenant, slot, key, WriteKind.Disable, planned.Wait),
            ChaosWrite.Enable => SwitchAsync(tenant, slot, key, WriteKind.Enable, planned.Wait),
            ChaosWrite.Revoke => RevokeAsync(tenant, slot, key, planned.Wait),
            ChaosWrite.RotateNow => RotateAsync(tenant, slot, key, 0, planned.Wait),
            ChaosWrite.RotateLater => RotateAsync(tenant, slot, key, 1, planned.Wait),
            _ => UpdateAsync(tenant, slot, key, dice, planned.Wait),
        };
    }

    private async Task UpdateAsync(Tenant tenant, KeySlot slot, IssuedKey key, ChaosDice dice, string? wait)
    {
        var (sets, fields) = KeyBodies.Change(dice, TimeProvider.System.GetUtcNow());
        var body = KeyBodies.ToUpdate(sets, fields);
        var answer = await desk.SendAsync(HttpMethod.Patch, PathOf(tenant, key), body, wait);
        Record(tenant, answer, WriteKind.Update, key.Id, w => w with { Sets = sets, Fields = fields });
        Note(slot, key, answer);
        changed([key]);
    }

    private async Task SwitchAsync(Tenant tenant, KeySlot slot, IssuedKey key, WriteKind kind, string? wait)
    {
        var verb = kind == WriteKind.Disable ? "disable" : "enable";
        var answer = await desk.SendAsync(HttpMethod.Post, $"{PathOf(tenant, key)}/{verb}", null, wait);
        Record(tenant, answer, kind, key.Id);
        Note(slot, key, answer);
        changed([key]);
    }

    private async Task RotateAsync(Tenant tenant, KeySlot slot, IssuedKey key, int graceHours, string? wait)
    {
        var body = new { gracePeriodHours = graceHours };
        var answer = await desk.SendAsync(HttpMethod.Post, $"{PathOf(tenant, key)}/rotate", body, wait);
        var isDone = answer.Outcome == WriteOutcome.Done;
        var successor = isDone ? Issued(answer, key.Name) : null;
        var previous = isDone ? answer.Data["previousKey"] : null;
        var lives = graceHours > 0 && (string?)previous?["id"] == key.Id;
        Record(
            tenant,
            answer,
            WriteKind.Rotate,
            key.Id,
            w =>
                w with
                {
                    Successor = successor?.Id,
                    Deadline = lives ? (DateTimeOffset?)previous!["rotationDeadline"] : null,
                }
        );
        Note(slot, key, answer, () => key.HasEnded = !lives);
        tenant.HasLostKeys |= answer.Outcome == WriteOutcome.Unknown;
        if (successor is null)
            return;
        tenant.Replace(slot, successor);
        changed([key, successor]);
    }

    private async Task WholeAsync(Tenant tenant, PlannedWrite planned)
    {
        var path = $"/v1/accounts/{tenant.Id}";
        var answer = planned.Write switch
        {
            ChaosWrite.RevokeAll => await desk.SendAsync(
                HttpMethod.Post,
                $"{path}/api-keys/revoke-all",
                new { confirmation = tenant.Name },
                planned.Wait
            ),
            _ => await desk.SendAsync(
                HttpMethod.Patch,
                path,
                new { suspended = planned.Write == ChaosWrite.Suspend },
                planned.Wait
            ),
        };
        Record(tenant, answer, Enum.Parse<WriteKind>(planned.Write.ToString()));
        tenant.IsUnsettled = answer.Outcome == WriteOutcome.Unknown;
        if (planned.Write == ChaosWrite.RevokeAll)
        {
            foreach (var slot in tenant.Slots)
                Note(slot, slot.Key, answer, () => slot.EndKey());
        }
        changed(tenant.Keys);
    }

    private Task CrowdAsync(Tenant tenant, ChaosDice dice, string? wait)
    {
        var free = tenant.Slots.Where(s => !s.IsUnsettled && s.Key is not { HasEnded: false }).ToList();
        return Task.WhenAll(
            Enumerable
                .Range(0, CrowdSize)
                // Those for whom there is no place are refused, or take one that is not theirs for a while.
                .Select(i => CreateAsync(tenant, i < free.Count ? free[i] : new KeySlot(), KeyBodies.New(dice), wait))
        );
    }

    // What has ended ends no more: the receipt it had is read again.
    private async Task AgainAsync(Tenant tenant, string? wait)
    {
        if (tenant.Past.LastOrDefault(k => k.HasEnded) is not { } key)
            return;
        var body = new { confirmation = key.Name };
        var answer = await desk.SendAsync(HttpMethod.Delete, PathOf(tenant, key), body, wait);
        if (answer.Receipt is { } receipt)
            history.Add(new ReceiptRead(answer.Begin, answer.End, receipt));
    }

    private void Record(
        Tenant tenant,
        AdminDesk.Answer answer,
        WriteKind kind,
        string? key = null,
        Func<AdminWrite, AdminWrite>? with = null
    )
    {
        var write = new AdminWrite
        {
            Begin = answer.Begin,
            End = answer.End,
            Kind = kind,
            Outcome = answer.Outcome,
            Account = tenant.Id,
            Key = key,
            Code = answer.Code,
            Receipt = answer.Receipt,
        };
        history.Add(with?.Invoke(write) ?? write);
        if (write.Receipt is { Complete: false } receipt && _following.Wait(0))
            _ = FollowAsync(receipt.Change);
    }

    // Until it is complete, or nobody waits any more.
    private async Task FollowAsync(long change)
    {
        try
        {
            var answer = await desk.SendAsync(HttpMethod.Get, $"/v1/changes/{change}", null, "12");
            if (answer.Receipt is { } later)
                history.Add(new ReceiptRead(answer.Begin, answer.End, later));
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
        finally
        {
            _following.Release();
        }
    }

    private static void Note(KeySlot? slot, IssuedKey? key, AdminDesk.Answer answer, Action? done = null)
    {
        if (answer.Outcome == WriteOutcome.Done)
            done?.Invoke();
        else if (answer.Code == "KEY_REVOKED" && key is not null)
            key.HasEnded = true;
        else if (answer.Outcome == WriteOutcome.Unknown && slot is not null)
            slot.IsUnsettled = true;
    }

    private static IssuedKey Issued(AdminDesk.Answer answer, string name)
    {
        var key = answer.Data["apiKey"]!;
        return new IssuedKey((string)key["id"]!, (string)key["key"]!, name);
    }

    private static string KeysOf(Tenant tenant) => $"/v1/accounts/{tenant.Id}/api-keys";

    private static string PathOf(Tenant tenant, IssuedKey key) => $"{KeysOf(tenant)}/{key.Id}";
}
