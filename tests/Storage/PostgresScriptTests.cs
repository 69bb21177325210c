using System.Diagnostics;

namespace Gateway.Tests;

/// <summary>ops/postgres.sh leaves nothing behind.</summary>
public sealed class PostgresScriptTests
{
    private static readonly string Script = Path.Combine("ops", "postgres.sh");

    [Fact]
    public async Task Server_IsStartedOnce_AndGoesWithItsFolder()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        var state = Path.Combine(folder, "state");

        var first = await Repository.RunAsync(Script, "start", state);
        var again = await Repository.RunAsync(Script, "start", state);
        var data = (await File.ReadAllTextAsync(state)).Trim().Split(' ')[1];
        Assert.Equal(first, again);
        Assert.True(Directory.Exists(data));
        await Repository.RunAsync(Script, "stop", state);
        await Repository.RunAsync(Script, "stop", state);

        Assert.False(Directory.Exists(data));
        Assert.False(File.Exists(state));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Server_EndsWithTheProcessItWasStartedFor_HoweverOftenItWasRestarted()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        var state = Path.Combine(folder, "state");
        using var owner = Process.Start("sleep", "60");

        await Repository.RunAsync(Script, "start", state, $"{owner.Id}");
        await Repository.RunAsync(Script, "down", state, "immediate");
        await Repository.RunAsync(Script, "up", state);
        var server = (await File.ReadAllTextAsync(state)).Trim().Split(' ');
        owner.Kill();
        await owner.WaitForExitAsync();

        await Eventually.TrueAsync(() => !Directory.Exists(server[1]) && HasEnded(server[0]));
        Directory.Delete(folder, recursive: true);
    }

    // A process that has ended stays listed until its parent has asked about it.
    private static bool HasEnded(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/status").Contains("State:\tZ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
