using System.Text;
using BenchmarkDotNet.Loggers;

namespace Gateway.Load;

/// <summary>Keeps what BenchmarkDotNet has to say, for when something could not be measured.</summary>
internal sealed class BenchLog : BenchmarkDotNet.Loggers.ILogger
{
    private readonly StringBuilder _text = new();

    /// <inheritdoc/>
    public string Id => nameof(BenchLog);

    /// <inheritdoc/>
    public int Priority => 0;

    /// <inheritdoc/>
    public void Write(LogKind logKind, string text) => _text.Append(text);

    /// <inheritdoc/>
    public void WriteLine() => _text.AppendLine();

    /// <inheritdoc/>
    public void WriteLine(LogKind logKind, string text) => _text.AppendLine(text);

    /// <inheritdoc/>
    public void Flush() { }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
