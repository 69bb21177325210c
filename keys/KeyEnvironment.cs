using System.Buffers;

namespace Gateway.Keys;

/// <summary>One environment keys belong to.</summary>
/// <param name="Name">Lower-case name from the settings, such as <c>sandbox</c>.</param>
/// <param name="Prefix">What its keys begin with, such as <c>sk_test_</c>.</param>
/// <param name="Network">Label forwarded as <c>X-Gateway-Network</c>; null for none.</param>
public sealed record KeyEnvironment(string Name, string Prefix, string? Network)
{
    // The whole key has to fit one SHA-256 block (55 bytes): 16 + 32 + 6 does.
    internal const int MaxPrefixLength = 16;

    // Prefixes are tried one after the other on every request.
    private const int MaxEnvironments = 32;

    private const int MaxNameLength = 32;
    private const int MaxNetworkLength = 64;

    private static readonly SearchValues<char> PrefixCharacters = SearchValues.Create(
        "0123456789_abcdefghijklmnopqrstuvwxyz"
    );

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "-0123456789_abcdefghijklmnopqrstuvwxyz"
    );

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create(
        "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>The environments of the settings in order of name, or the defaults; problems are added, not thrown.</summary>
    internal static IReadOnlyList<KeyEnvironment> Read(KeyOptions options, ICollection<string> problems)
    {
        if (options.Environments.Count == 0)
            return [new("production", "sk_live_", "mainnet-beta"), new("sandbox", "sk_test_", "devnet")];

        if (options.Environments.Count > MaxEnvironments)
            problems.Add($"Keys:Environments: at most {MaxEnvironments} environments");
        var environments = options
            .Environments.OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => new KeyEnvironment(e.Key, e.Value?.Prefix ?? "", e.Value?.Network))
            .ToArray();
        foreach (var environment in environments)
            environment.Check(problems);
        CheckPrefixFree(environments, problems);
        return environments;
    }

    private void Check(ICollection<string> problems)
    {
        var setting = $"Keys:Environments:{Name}";
        if (Name is not { Length: > 0 and <= MaxNameLength } || Name.AsSpan().ContainsAnyExcept(NameCharacters))
            problems.Add($"{setting}: a name is 1 to {MaxNameLength} of [a-z0-9_-]");
        if (Prefix is not { Length: > 0 and <= MaxPrefixLength } || Prefix[^1] != '_')
            problems.Add($"{setting}:Prefix: at most {MaxPrefixLength} characters, the last of them '_'");
        if (Prefix.AsSpan().ContainsAnyExcept(PrefixCharacters))
            problems.Add($"{setting}:Prefix: only characters of [a-z0-9_]");
        // It becomes the value of a header.
        if (
            Network is not (null or { Length: > 0 and <= MaxNetworkLength })
            || Network.AsSpan().ContainsAnyExcept(LabelCharacters)
        )
            problems.Add($"{setting}:Network: 1 to {MaxNetworkLength} of [A-Za-z0-9._-]");
    }

    // Were one prefix the beginning of another, some key would belong to two environments.
    private static void CheckPrefixFree(KeyEnvironment[] environments, ICollection<string> problems)
    {
        foreach (var one in environments)
        foreach (var other in environments)
        {
            if (
                one == other
                || one.Prefix.Length == 0
                || !other.Prefix.StartsWith(one.Prefix, StringComparison.Ordinal)
            )
                continue;
            if (one.Prefix.Length < other.Prefix.Length || string.CompareOrdinal(one.Name, other.Name) < 0)
                problems.Add(
                    $"Keys:Environments:{one.Name}:Prefix: '{one.Prefix}' is the beginning of that of '{other.Name}'"
                );
        }
    }
}
