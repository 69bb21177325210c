using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests;

/// <summary>
/// A server as people run it behind a gateway. It has something for anybody, something to read, something to administer and
/// wallets; which of them it takes a request for, it says in its answer and in a line <c>RESOURCE name KEY id</c> of its
/// log, where <c>id</c> is who the gateway says asks.
/// </summary>
/// <param name="Name">Which.</param>
/// <param name="Port">Where.</param>
public abstract record RealServer(string Name, int Port) : IAsyncDisposable
{
    /// <summary>Root of it.</summary>
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>What it resolved so far: a resource and a key's id, empty for none.</summary>
    public abstract IEnumerable<(string Resource, string KeyId)> Resolved { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Waits until it listens.</summary>
    protected async Task<RealServer> ListeningAsync(Func<string> output)
    {
        try
        {
            await Eventually.TrueAsync(Listens);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw new InvalidOperationException($"{Name} does not listen:\n{output()}", e);
        }

        return this;
    }

    private async Task<bool> Listens()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
