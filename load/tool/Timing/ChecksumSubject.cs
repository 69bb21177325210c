namespace Gateway.Load;

/// <summary>Whether a key is well-formed, which it is but for its checksum: wrong in its first character, or in its
/// last. The leak compares the checksum character by character.</summary>
internal sealed class ChecksumSubject(TimedKeys keys, bool isPlanted = false)
    : TimedSubject("a wrong checksum, by its place", isPlanted)
{
    private readonly string[] _inputs = new string[Pairs * 2];
    private readonly string[] _right = new string[Pairs];
    private readonly char[] _checksum = new char[TimedKeys.ChecksumLength];

    // A checksum is short: a comparison that ends early saves a few nanoseconds of a hundred.
    /// <inheritdoc/>
    public override int FewSamples => 60_000;

    /// <inheritdoc/>
    public override void Renew()
    {
        for (var i = 0; i < Pairs; i++)
            (_right[i], _inputs[i * 2], _inputs[(i * 2) + 1]) = keys.WithWrongChecksums();
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair)
    {
        _inputs[(pair * 2) + kind].CopyTo(Input);
        _right[pair].CopyTo(_checksum);
    }

    /// <inheritdoc/>
    public override int Run()
    {
        var isKey = TimedKeys.Format.TryParse(Input, out _) ? 1 : 0;
        return IsPlanted ? isKey + Alike<char>(Input.AsSpan(^_checksum.Length..), _checksum) : isKey;
    }
}
