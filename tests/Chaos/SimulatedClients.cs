namespace Gateway.Tests;

/// <summary>The calls and streams of a simulated run: answered as a correct gateway answers, by any record it may hold.</summary>
internal sealed class SimulatedClients(SimulatedFleet fleet, IReadOnlyList<(string Key, TimeSpan From)> issued)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Recovers = TimeSpan.FromMilliseconds(50);

    private readonly SimulatedDice _dice = fleet.Dice;
    private readonly SimulatedStore _store = fleet.Store;

    private sealed record Answer(int Status, string? Code, TimeSpan At, SimulatedLife? Life = null, long Position = 0);

    /// <summary>What clients saw.</summary>
    public List<HistoryEvent> Events { get; } = [];

    /// <summary>Accepted requests: the key, when, and in which life.</summary>
    public List<(string Key, TimeSpan At, SimulatedLife Life)> Uses { get; } = [];

    public void Run(TimeSpan end, TimeSpan pace)
    {
        var latest = 0;
        for (
            var at = TimeSpan.FromSeconds(2.5);
            at < end - TimeSpan.FromSeconds(7);
            at += _dice.Ms(0, pace.TotalMilliseconds * 2)
        )
        {
            while (latest < issued.Count && issued[latest].From <= at)
                latest++;
            Ask(at, latest);
        }
    }

    private void Ask(TimeSpan at, int known)
    {
        var key = Pick(at, known);
        var gateway = _dice.Of(fleet.Gateways);
        var route = _dice.Of(fleet.Header.Routes);
        var asked = new Asked(route, _dice.Of([null, null, "10.1.2.3", "192.0.2.7"]), _dice.Of([null, "w1", "w2"]));
        var answer = Decide(gateway, key, asked, at + _dice.Ms(0.1, 3));
        var end = answer.At + _dice.Ms(0.1, 5);
        if (answer.At > at + Patience)
            answer = answer with { Status = 0, Code = null, At = end = at + Patience };
        var isStream = answer.Status == 200 && _dice.Chance(0.15);
        var status = isStream ? 101 : answer.Status;
        Events.Add(new Call(at, end, gateway.Name, key, route.Name, asked.Client, asked.Wallet, status, answer.Code));
        if (isStream)
            Open(gateway, answer, key!, asked, end);
    }

    // Mostly one that is not revoked, of the younger ones.
    private string? Pick(TimeSpan at, int known)
    {
        if (_dice.Chance(0.02))
            return null;
        if (known == 0 || _dice.Chance(0.02))
            return "key_nobody_has";
        var key = Younger();
        for (var tries = 0; tries < 4 && _store.Key(key, _store.HeadAt(at)).Revoked; tries++)
            key = Younger();
        return key;

        string Younger() => issued[known - 1 - _dice.Below(Math.Min(known, 40))].Key;
    }

    private Answer Decide(SimulatedGateway gateway, string? key, Asked asked, TimeSpan at)
    {
        var (life, now) = (gateway.LifeAt(at), gateway.RunsFrom(at));
        if (gateway.Outages.Exists(o => o.End <= now && now < o.End + Recovers))
            now += Recovers;
        if (life is null || now >= life.Ended)
            return new Answer(0, null, life?.Ended ?? at);
        var outage = gateway.OutageAt(now);
        var (position, isNew) = PositionAt(life, key, now, isCutOff: outage is not null);
        var verdict = Judge(key, asked, position, now);
        if (outage is not null && (isNew || IsUndecided(gateway, outage, asked, verdict, now)))
            return fleet.Flaw == SimulatedFlaw.DeniesInOutages
                ? new Answer(401, CodeOf(Verdicts.InvalidApiKey), now)
                : new Answer(503, "VERIFICATION_UNAVAILABLE", now);
        if (verdict == Verdicts.Allowed)
            Uses.Add((key!, now, life));
        return new Answer(VerdictModel.StatusOf(verdict), CodeOf(verdict), now, life, position);
    }

    // By what was applied, or by a look-up of what is in the store. What it has not heard of is looked up.
    private (long Position, bool IsNew) PositionAt(SimulatedLife life, string? key, TimeSpan now, bool isCutOff)
    {
        var isOld = fleet.Flaw == SimulatedFlaw.KeepsOldRecords && _dice.Chance(0.02);
        var at = isOld ? now - TimeSpan.FromSeconds(2) : now;
        var head = _store.HeadAt(at);
        var applied = SimulatedGateway.Position(life, head, _store.Committed, at);
        var isNew = key is not null && !_store.Key(key, applied).Exists && fleet.Flaw != SimulatedFlaw.DeniesNewKeys;
        return (!isCutOff && (isNew || _dice.Chance(0.3)) ? head : applied, isNew);
    }

    // Some keys are not in memory; past the lease only what was accepted, and what no change could lift, is answered.
    private bool IsUndecided(
        SimulatedGateway gateway,
        SimulatedSpan outage,
        Asked asked,
        Verdicts verdict,
        TimeSpan now
    )
    {
        if (verdict == Verdicts.Unauthorized)
            return false;
        var past = now - gateway.LeaseEnd(outage);
        if (_dice.Chance(0.3))
            return true;
        return past >= TimeSpan.Zero
            && fleet.Flaw != SimulatedFlaw.HonoursForEver
            && verdict != Verdicts.RevokedApiKey
            && !(verdict == Verdicts.Allowed && past < asked.Route.MaxStaleness);
    }

    private Verdicts Judge(string? key, Asked asked, long position, TimeSpan at)
    {
        if (key is null)
            return Verdicts.Unauthorized;
        var suspended = _store.AccountOf.TryGetValue(key, out var account) && _store.IsSuspended(account, position);
        return VerdictModel.Judge(_store.Key(key, position), suspended, asked, SimulatedFleet.Epoch + at);
    }

    // Until the client has had enough, the process ends, or a change or an expiry is met that refuses it.
    private void Open(SimulatedGateway gateway, Answer answer, string key, Asked asked, TimeSpan opened)
    {
        var (life, from, number) = (answer.Life!, answer.At, answer.Position);
        var (hangsUp, closed) = (opened + _dice.Ms(100, 40_000), life.Ended);
        var changes = life.Applied.Where(a => a.Value >= answer.At && a.Key > answer.Position);
        foreach (var (next, applied) in changes.Append(new(0, TimeSpan.MaxValue)))
        {
            if (Judge(key, asked, number, from) != Verdicts.Allowed && fleet.Flaw != SimulatedFlaw.LeavesStreamsOpen)
            {
                closed = from + _dice.Ms(0.1, 1.5);
                if (closed < hangsUp)
                    life.Closed[number] = life.Closed.GetValueOrDefault(number) + 1;
                break;
            }
            if (_store.Key(key, number).EndsAt - SimulatedFleet.Epoch < applied)
            {
                closed =
                    gateway.RunsFrom(_store.Key(key, number).EndsAt!.Value - SimulatedFleet.Epoch) + _dice.Ms(0.1, 300);
                break;
            }
            (from, number) = (applied, next);
        }
        closed = closed < life.Ended ? closed : life.Ended;
        var isClosed = closed < hangsUp;
        var ended =
            !isClosed ? hangsUp
            : closed > opened ? closed
            : opened;
        Events.Add(
            new StreamLife(opened, ended, gateway.Name, key, asked.Route.Name, asked.Client, asked.Wallet, isClosed)
        );
    }

    private static string? CodeOf(Verdicts verdict) =>
        verdict == Verdicts.Allowed
            ? null
            : string.Concat(
                verdict
                    .ToString()
                    .Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString())
            );
}
