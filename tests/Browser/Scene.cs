using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>
/// What there is to see on the pages that are looked at: an account in the middle of its life, with keys in every state,
/// and the same account's less happy relations.
/// </summary>
internal sealed class Scene
{
    /// <summary>A wallet whose id is an address.</summary>
    public const string LongWallet = "7EqQdEULxWcraVx3mXKFjc84LhCkMGZCkRuDpvcMwJeK";

    /// <summary>An account with much in it.</summary>
    public string Account { get; private init; } = "";

    /// <summary>One without keys.</summary>
    public string Empty { get; private init; } = "";

    /// <summary>One that may not make keys.</summary>
    public string NotEligible { get; private init; } = "";

    /// <summary>One that is suspended.</summary>
    public string Suspended { get; private init; } = "";

    /// <summary>A key that is used every hour and was changed several times.</summary>
    public string Busy { get; private set; } = "";

    /// <summary>A key in its grace period.</summary>
    public string Rotating { get; private set; } = "";

    /// <summary>A key that has ended.</summary>
    public string Revoked { get; private set; } = "";

    /// <summary>A named operator.</summary>
    public string Operator { get; private set; } = "";

    /// <summary>Somebody who is invited.</summary>
    public string Invited { get; private set; } = "";

    /// <summary>Sets it.</summary>
    public static async Task<Scene> SetAsync(BrowserStage stage)
    {
        var scene = new Scene
        {
            Account = await stage.OpenAccountAsync("Acme Payments GmbH"),
            Empty = await stage.OpenAccountAsync("Newcomer"),
            NotEligible = await stage.OpenAccountAsync("Applicant"),
            Suspended = await stage.OpenAccountAsync("Overdue"),
        };
        await stage.AddWalletAsync(scene.Account, "treasury", "Treasury");
        await stage.AddWalletAsync(scene.Account, LongWallet, "Payouts");
        scene.Invited = await stage.InviteAsync(scene.Account, "grace.of.the.finance.department");
        scene.Operator = await stage.AddOperatorAsync("Night shift");
        await stage.PatchAccountAsync(scene.NotEligible, new { apiKeysEnabled = false });
        await scene.MakeBusyKeyAsync(stage);
        await scene.MakeOldKeysAsync(stage);
        await stage.IssueKeyAsync(scene.Suspended);
        await stage.PatchAccountAsync(scene.Suspended, new { suspended = true });
        return scene;
    }

    private async Task MakeBusyKeyAsync(BrowserStage stage)
    {
        (Busy, _) = await stage.IssueKeyAsync(Account, "Checkout service");
        var narrowed = new
        {
            description = "Signs customers in at the till.\nAsk payments@example.com before touching it.",
        };
        await stage.PatchKeyAsync(Account, Busy, narrowed);
        await stage.PatchKeyAsync(Account, Busy, new { allowedIps = new[] { "127.0.0.0/8", "203.0.113.0/24" } });
        await stage.PatchKeyAsync(Account, Busy, new { expiresAt = DateTimeOffset.UtcNow.AddDays(80) });
        var now = TimeProvider.System.Now();
        var hour = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerHour), TimeSpan.Zero);
        List<UsageCount> counts = [];
        for (var ago = 0; ago < 7 * 24; ago++)
        {
            counts.Add(new(Busy, hour.AddHours(-ago), "allowed", 40 + (ago * 37 % 160)));
            if (ago % 5 == 0)
                counts.Add(new(Busy, hour.AddHours(-ago), "INSUFFICIENT_PERMISSIONS", 3 + (ago % 7)));
            if (ago is > 30 and < 36)
                counts.Add(new(Busy, hour.AddHours(-ago), "IP_NOT_ALLOWED", 55));
        }
        await stage.Database.WriteUsageAsync(new(Ids.Random(), [new(Busy, now.AddMinutes(-3))], counts));
    }

    private async Task MakeOldKeysAsync(BrowserStage stage)
    {
        var account = (await stage.Database.ReadAsync(s => s.GetAccountAsync(Account)))!;
        var keys = new SceneKeys(account, TimeProvider.System.Now());
        var (rotated, successor) = keys.Rotated();
        var revoked = keys.Revoked();
        (Rotating, Revoked) = (rotated.Id, revoked.Id);
        await stage.Database.WriteAsync(async session =>
        {
            foreach (var key in keys.InUse().Concat([successor, rotated]).Concat(keys.AtRest()).Append(revoked))
                await session.InsertKeyAsync(key);
        });
    }
}
