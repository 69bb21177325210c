namespace Gateway.Admin;

/// <summary>The memory that long reports of leaked keys may take in this process, all together. All of a signature's
/// headers but the signature is public, so anybody can have a report read to its end: many at once must come to no more
/// than this.</summary>
public sealed class ReportRoom
{
    /// <summary>Four of the longest. Reading one takes up to three times its length, judging it some seven times.</summary>
    public const int TotalBytes = 4 * ReportBody.MaxBytes;

    private long _taken;

    /// <summary>A share of it for one report.</summary>
    public Share NewShare() => new(this);

    /// <summary>What one report has taken; disposing gives it back.</summary>
    public sealed class Share(ReportRoom room) : IDisposable
    {
        private long _taken;

        /// <summary>Bytes it may have: those of an ordinary body need no leave.</summary>
        public long Bytes => JsonBody.MaxBytes + _taken;

        /// <summary>Takes as much again.</summary>
        /// <returns>False when others have it.</returns>
        public bool TryGrow()
        {
            var more = Bytes;
            if (Interlocked.Add(ref room._taken, more) > TotalBytes)
            {
                Interlocked.Add(ref room._taken, -more);
                return false;
            }
            _taken += more;
            return true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Interlocked.Add(ref room._taken, -_taken);
            _taken = 0;
        }
    }
}
