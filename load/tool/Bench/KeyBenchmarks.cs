using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>What is done with a credential before anything is known of it, and the hash that everything is compared
/// with.</summary>
public class KeyBenchmarks
{
    /// <summary>Name of the hash's row.</summary>
    public const string Sha256Row = "one SHA-256 of the key";

    private readonly KeyFormat _format = new(new KeyOptions());
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private readonly char[] _index = new char[KeyIndex.Length / sizeof(char)];
    private byte[] _bytes = [];
    private string _secret = "";

    /// <summary>Makes a key.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _format.TryGetEnvironment("production", out var environment);
        _secret = _format.Generate(environment!);
        _bytes = Encoding.ASCII.GetBytes(_secret);
    }

    /// <summary>The system's SHA-256, on bytes that are there already.</summary>
    [Benchmark(Description = Sha256Row)]
    public int Sha256() => SHA256.HashData(_bytes, _hash);

    /// <summary>Check 3, but for whether it is known.</summary>
    [Benchmark(Description = "parse and checksum")]
    public bool Parse() => _format.TryParse(_secret, out _);

    /// <summary>What the cache finds it by.</summary>
    [Benchmark(Description = "index (SipHash-2-4-128)")]
    public char Index()
    {
        BenchKeys.Index(_secret, _index);
        return _index[0];
    }
}
