using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Load;

/// <summary>Has a Redis stand still: it takes connections and questions, and answers none.</summary>
internal sealed class RedisPause(string address) : IDisposable
{
    private readonly TcpClient _client = Connect(address);

    /// <summary>For so long: nobody is heard meanwhile, nor who would have it go on.</summary>
    public Task BeginAsync(TimeSpan time) =>
        SayAsync(string.Create(CultureInfo.InvariantCulture, $"CLIENT PAUSE {time.TotalMilliseconds:0} ALL"));

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task SayAsync(string command)
    {
        var stream = _client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        var answer = new byte[64];
        var count = await stream.ReadAsync(answer);
        if (!answer.AsSpan(0, count).StartsWith("+OK"u8))
            throw new InvalidOperationException($"Redis said: {Encoding.ASCII.GetString(answer, 0, count)}");
    }

    private static TcpClient Connect(string address)
    {
        var parts = address.Split(':');
        return new TcpClient(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
