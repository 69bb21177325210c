namespace Gateway.Load;

/// <summary>The leak that is planted, to show that one is found: a comparison that ends at the first character that
/// differs.</summary>
/// <param name="keys">Where keys come from.</param>
/// <param name="right">Random characters that the second class has right, of 32.</param>
internal sealed class PlantedSubject(TimedKeys keys, int right)
    : TimedSubject($"a comparison that ends early, {right} characters right (planted)")
{
    private readonly string _held = keys.New();
    private readonly string[] _inputs = new string[Pairs * 2];

    /// <inheritdoc/>
    public override void Renew()
    {
        for (var i = 0; i < Pairs; i++)
        {
            _inputs[i * 2] = keys.RightUpTo(_held, 0);
            _inputs[(i * 2) + 1] = keys.RightUpTo(_held, right);
        }
    }

    /// <inheritdoc/>
    public override void Place(int kind, int pair) => _inputs[(pair * 2) + kind].CopyTo(Input);

    /// <inheritdoc/>
    public override int Run()
    {
        var i = 0;
        while (i < _held.Length && Input[i] == _held[i])
            i++;
        return i;
    }
}
