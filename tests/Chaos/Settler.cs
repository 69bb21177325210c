using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>
/// After a storm, finds out what came of the writes that had no answer, so that the run goes on with what is so, and ends
/// keys that nobody holds: made by a write whose answer was lost.
/// </summary>
public sealed class Settler(
    AdminDesk desk,
    AdminWrites writes,
    FaultInjector faults,
    History history,
    IReadOnlyList<Tenant> tenants
)
{
    // Whatever was on its way as the trouble ended has arrived by then.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    /// <summary>Settles whenever it can, as long as it is told.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Between, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var tenant in tenants.Where(IsUnsettled))
            {
                if (faults.DesksAreWell(Quiet) && !stop.IsCancellationRequested)
                    await SettleAsync(tenant);
            }
        }
    }

    /// <summary>Reads everything of every account.</summary>
    public async Task ReadAllAsync()
    {
        foreach (var tenant in tenants)
            await SettleAsync(tenant);
    }

    private static bool IsUnsettled(Tenant tenant) =>
        tenant.IsUnsettled || tenant.HasLostKeys || tenant.Slots.Any(s => s.IsUnsettled);

    private async Task SettleAsync(Tenant tenant)
    {
        var path = $"/v1/accounts/{tenant.Id}";
        var account = await desk.SendAsync(HttpMethod.Get, path);
        var keys = await desk.SendAsync(HttpMethod.Get, $"{path}/api-keys?limit=100");
        if (account.Outcome != WriteOutcome.Done || keys.Outcome != WriteOutcome.Done)
            return;
        var isSuspended = (bool)account.Data["account"]!["suspended"]!;
        history.Add(new ReadBack(account.Begin, account.End, tenant.Id, null, null, isSuspended, false, null));
        var shown = keys.Data["apiKeys"]!.AsArray().ToDictionary(k => (string)k!["id"]!, k => k!);
        foreach (var key in shown.Values)
            history.Add(ReadBackOf(keys, tenant, key));
        (tenant.IsUnsettled, tenant.HasLostKeys) = (false, false);
        foreach (var slot in tenant.Slots)
        {
            if (slot.Key is { } held && shown.TryGetValue(held.Id, out var key))
                held.HasEnded = key["revokedAt"] is not null || key["rotatedTo"] is not null;
            slot.IsUnsettled = false;
        }
        await EndLostAsync(tenant, shown.Values);
    }

    private async Task EndLostAsync(Tenant tenant, IEnumerable<JsonNode> shown)
    {
        var held = tenant.Slots.Select(s => s.Key?.Id).ToHashSet();
        foreach (var key in shown)
        {
            var id = (string)key["id"]!;
            if ((string)key["status"]! is not ("active" or "disabled" or "rotating") || held.Contains(id))
                continue;
            // A predecessor in its grace period is held by those who have not taken up the new one.
            if (key["rotationDeadline"] is not null)
                continue;
            await writes.RevokeAsync(tenant, null, new IssuedKey(id, "", (string)key["name"]!));
        }
    }

    private static ReadBack ReadBackOf(AdminDesk.Answer answer, Tenant tenant, JsonNode key) =>
        new(
            answer.Begin,
            answer.End,
            tenant.Id,
            (string)key["id"]!,
            KeyBodies.Read(key),
            key["disabledAt"] is not null,
            key["revokedAt"] is not null,
            (DateTimeOffset?)key["rotationDeadline"]
        );
}
