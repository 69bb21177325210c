using System.CommandLine;
using System.Diagnostics;

namespace Gateway.Load;

/// <summary>Somebody who does one of the abuses, in a process of his own: he goes away when his input ends.</summary>
internal sealed class Attacker : IAsyncDisposable
{
    private readonly Process _process;

    private Attacker(Process process) => _process = process;

    /// <summary>The command that he is.</summary>
    public static Command Create()
    {
        var abuse = new Option<int>("--abuse") { Description = "Its number.", Required = true };
        var url = new Option<string>("--url") { Description = "Where the gateway speaks HTTP/1.1.", Required = true };
        var http2 = new Option<string>("--http2") { Description = "Where it speaks HTTP/2.", Required = true };
        var command = new Command("attacker", "Do one of the abuses until the input ends.") { abuse, url, http2 };
        command.SetAction(
            async (result, stop) =>
            {
                var all = Abuses.Of(new Uri(result.GetRequiredValue(url)), new Uri(result.GetRequiredValue(http2)));
                await using var going = all.ElementAt(result.GetRequiredValue(abuse)).Begin();
                await Console.In.ReadToEndAsync(stop);
            }
        );
        return command;
    }

    /// <summary>Starts one. He has the processor when nobody else wants it: what those who are timed share with him is the
    /// gateway.</summary>
    /// <param name="abuse">Number of the abuse.</param>
    /// <param name="url">Where the gateway speaks HTTP/1.1.</param>
    /// <param name="http2">Where it speaks HTTP/2.</param>
    public static Attacker Start(int abuse, Uri url, Uri http2) =>
        new(
            Process.Start(
                new ProcessStartInfo(
                    "chrt",
                    [
                        "--idle",
                        "0",
                        Environment.ProcessPath!,
                        "attacker",
                        "--abuse",
                        $"{abuse}",
                        "--url",
                        url.ToString(),
                        "--http2",
                        http2.ToString(),
                    ]
                )
                {
                    UseShellExecute = false,
                    RedirectStandardInput = true,
                }
            )!
        );

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
