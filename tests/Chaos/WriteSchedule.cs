namespace Gateway.Tests;

/// <summary>What is written through the admin API.</summary>
public enum ChaosWrite
{
    /// <summary>A new key where there is none, or none that works.</summary>
    Create,

    /// <summary>Some of a key's settings.</summary>
    Update,

    /// <summary>A key off.</summary>
    Disable,

    /// <summary>A key on.</summary>
    Enable,

    /// <summary>A key's end.</summary>
    Revoke,

    /// <summary>The end of a key that has ended: its first receipt again.</summary>
    RevokeAgain,

    /// <summary>A successor, and the end of the key.</summary>
    RotateNow,

    /// <summary>A successor, and a grace period longer than any run.</summary>
    RotateLater,

    /// <summary>All keys of an account stopped.</summary>
    Suspend,

    /// <summary>All keys of an account let go on.</summary>
    Resume,

    /// <summary>All keys of an account at their end.</summary>
    RevokeAll,

    /// <summary>More keys made at once than an account may have.</summary>
    Crowd,
}

/// <summary>A write that is to be made.</summary>
/// <param name="At">When, since the schedule began; those of one tenant and one instant are made at once.</param>
/// <param name="Tenant">Number of its account.</param>
/// <param name="Write">What.</param>
/// <param name="Slot">Which of the account's places for a key.</param>
/// <param name="Wait">How long the caller waits for the receipt, as the query says it; null for the default.</param>
/// <param name="Dice">Where its own chances come from.</param>
public sealed record PlannedWrite(TimeSpan At, int Tenant, ChaosWrite Write, int Slot, string? Wait, int Dice);

/// <summary>
/// One line of writes for each account that has any, so that a receipt that waits for a gateway holds up one account
/// alone. The schedule takes it that every write succeeds: what is off is switched on soon, what has ended is replaced.
/// </summary>
public static class WriteSchedule
{
    /// <summary>Places for keys of each account, in the order of their numbers. The last one's keys are never changed.</summary>
    public static readonly IReadOnlyList<int> Slots = [4, 4, 5, 4];

    private const int Suspended = 1;
    private const int Crowded = 2;

    private static readonly string?[] Waits = [null, null, null, "0", "0.3", "1", "9"];

    private static readonly (ChaosWrite Write, int Weight)[] OfAKey =
    [
        (ChaosWrite.Update, 48),
        (ChaosWrite.Disable, 14),
        (ChaosWrite.Revoke, 14),
        (ChaosWrite.RotateNow, 9),
        (ChaosWrite.RotateLater, 8),
        (ChaosWrite.RevokeAgain, 7),
    ];

    /// <summary>The writes of a plan, in order.</summary>
    public static IReadOnlyList<PlannedWrite> Of(ChaosPlan plan) =>
        [
            .. Enumerable
                .Range(0, Slots.Count - 1)
                .SelectMany(tenant => new Line(plan, tenant).Write())
                .OrderBy(w => w.At),
        ];

    private sealed class Line(ChaosPlan plan, int tenant)
    {
        private readonly ChaosDice _dice = new(plan.Seed, $"writes {tenant}");
        private readonly List<PlannedWrite> _writes = [];
        private readonly PriorityQueue<(ChaosWrite Write, int Slot), TimeSpan> _due = new();

        public List<PlannedWrite> Write()
        {
            for (var now = _dice.Between(0.5, 2); now < plan.Length; now += _dice.Between(0.3, 1.3))
            {
                Add(now);
                // Two at once, now and then: of the same account, and sometimes of the same key.
                if (_dice.Percent(15))
                    Add(now);
            }
            return _writes;
        }

        private void Add(TimeSpan now)
        {
            var (write, slot) = Next(now);
            _writes.Add(new(now, tenant, write, slot, _dice.Of(Waits), _dice.Below(int.MaxValue)));
            if (FollowUp(write) is { } later)
                _due.Enqueue((later, slot), now + _dice.Between(0.3, 4));
        }

        private (ChaosWrite Write, int Slot) Next(TimeSpan now)
        {
            if (_due.TryPeek(out _, out var at) && at <= now)
                return _due.Dequeue();
            var slot = _dice.Below(Slots[tenant]);
            if (tenant == Suspended && _dice.Percent(18))
                return (_dice.Percent(75) ? ChaosWrite.Suspend : ChaosWrite.RevokeAll, slot);
            if (tenant == Crowded && _dice.Percent(12))
                return (_dice.Percent(80) ? ChaosWrite.Crowd : ChaosWrite.RevokeAll, slot);
            return (OfAKeyBy(_dice.Below(100)), slot);
        }

        private static ChaosWrite OfAKeyBy(int percent)
        {
            foreach (var (write, weight) in OfAKey)
            {
                if (percent < weight)
                    return write;
                percent -= weight;
            }
            return ChaosWrite.Update;
        }

        private static ChaosWrite? FollowUp(ChaosWrite write) =>
            write switch
            {
                ChaosWrite.Disable => ChaosWrite.Enable,
                ChaosWrite.Suspend => ChaosWrite.Resume,
                ChaosWrite.Revoke => ChaosWrite.Create,
                _ => null,
            };
    }
}
