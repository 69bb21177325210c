using System.Net;

namespace Gateway.Admin;

/// <summary>The memory that long reports of leaked keys may take in this process, all together. All of a signature's
/// headers but the signature is public, so anybody can have a report read to its end: many at once must come to no more
/// than this, and those of one address to no more than one of the longest, so that it leaves room for the others.</summary>
public sealed class ReportRoom
{
    /// <summary>Four of the longest. Reading one takes up to three times its length, judging it some seven times.</summary>
    public const int TotalBytes = 4 * ReportBody.MaxBytes;

    private readonly int[] _addresses = new int[AddressCells.Count];
    private long _taken;

    /// <summary>A share of it for one report.</summary>
    /// <param name="client">Who sends it.</param>
    public Share NewShare(IPAddress client) => new(this, AddressCells.Of(client));

    private bool TryTake(int cell, int more)
    {
        var (all, ofAddress) = (Interlocked.Add(ref _taken, more), Interlocked.Add(ref _addresses[cell], more));
        if (all <= TotalBytes && ofAddress <= ReportBody.MaxBytes)
            return true;
        Return(cell, more);
        return false;
    }

    private void Return(int cell, int bytes)
    {
        Interlocked.Add(ref _taken, -bytes);
        Interlocked.Add(ref _addresses[cell], -bytes);
    }

    /// <summary>What one report has taken; disposing gives it back.</summary>
    public sealed class Share(ReportRoom room, int cell) : IDisposable
    {
        private int _taken;

        /// <summary>Bytes it may have: those of an ordinary body need no leave.</summary>
        public int Bytes => JsonBody.MaxBytes + _taken;

        /// <summary>Takes as much again.</summary>
        /// <returns>False when others have it.</returns>
        public bool TryGrow()
        {
            var more = Bytes;
            if (!room.TryTake(cell, more))
                return false;
            _taken += more;
            return true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            room.Return(cell, _taken);
            _taken = 0;
        }
    }
}
