using System.Runtime.InteropServices;

namespace Gateway.Tests;

/// <summary>Signals to processes a test has started.</summary>
public static partial class Signals
{
    /// <summary>SIGINT: what Ctrl-C sends.</summary>
    public const int Interrupt = 2;

    /// <summary>SIGKILL: end without another word.</summary>
    public const int Kill = 9;

    /// <summary>SIGTERM: stop as an orchestrator would have it.</summary>
    public const int Terminate = 15;

    /// <summary>SIGCONT: go on.</summary>
    public const int Continue = 18;

    /// <summary>SIGSTOP: stand still in the middle of whatever it is.</summary>
    public const int Pause = 19;

    /// <summary>Sends one.</summary>
    /// <returns>False when there is no such process.</returns>
    public static bool Send(int process, int signal) => SendSignal(process, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
