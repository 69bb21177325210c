using System.IO.Hashing;
using System.Text;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>Credentials that are right up to somewhere.</summary>
internal static class TimedKeys
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int ChecksumLength = 6;

    /// <summary>Whose keys are measured.</summary>
    public static KeyEnvironment Environment { get; } = TestKeys.Format.Environments[0];

    /// <summary>Keys nobody has.</summary>
    public static string[] Random(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => TestKeys.Format.Generate(Environment))];

    /// <summary>Well-formed, with a checksum that is wrong in one place. There and at the other place a digit below 5
    /// becomes or stays another such digit, so that the two classes are alike in all else: how a letter is read takes its
    /// own time, which tells the sender what he sent.</summary>
    /// <param name="count">How many.</param>
    /// <param name="place">0 or 5.</param>
    /// <param name="random">Decides.</param>
    public static string[] WrongChecksum(int count, int place, Random random)
    {
        List<string> keys = [];
        while (keys.Count < count)
        {
            var key = TestKeys.Format.Generate(Environment).ToCharArray();
            if (key[^ChecksumLength] > '4' || key[^1] > '4')
                continue;
            ref var wrong = ref key[key.Length - ChecksumLength + place];
            wrong = (char)('0' + ((wrong - '0' + random.Next(1, 5)) % 5));
            keys.Add(new string(key));
        }
        return [.. keys];
    }

    /// <summary>Keys nobody has, whose first characters are those of a key there is, with checksums that are right.</summary>
    /// <param name="held">Keys there are.</param>
    /// <param name="count">How many.</param>
    /// <param name="right">Random characters that are right, of 32.</param>
    public static string[] RightUpTo(string[] held, int count, int right)
    {
        var prefix = Environment.Prefix.Length;
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                {
                    var other = TestKeys.Format.Generate(Environment);
                    return WithChecksum(
                        held[i % held.Length][..(prefix + right)] + other[(prefix + right)..^ChecksumLength]
                    );
                }),
        ];
    }

    private static string WithChecksum(string body)
    {
        var number = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(body));
        var digits = new char[ChecksumLength];
        for (var i = ChecksumLength - 1; i >= 0; i--, number /= 62)
            digits[i] = Alphabet[(int)(number % 62)];
        return body + new string(digits);
    }
}
