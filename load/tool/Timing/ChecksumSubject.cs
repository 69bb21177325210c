namespace Gateway.Load;

/// <summary>Whether a key is well-formed, which it is but for its checksum: wrong in its first character, or in its
/// last.</summary>
internal sealed class ChecksumSubject(TimedKeys keys) : TimedSubject("a wrong checksum, by its place")
{
    private readonly (string First, string Last)[] _pairs = new (string, string)[Pairs];

    /// <inheritdoc/>
    public override void Renew()
    {
        for (var i = 0; i < Pairs; i++)
            _pairs[i] = keys.WithWrongChecksums();
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair) =>
        (kind == 0 ? _pairs[pair].First : _pairs[pair].Last).CopyTo(Input);

    /// <inheritdoc/>
    public override int Run() => TimedKeys.Format.TryParse(Input, out _) ? 1 : 0;
}
