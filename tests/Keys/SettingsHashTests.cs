using Gateway.Keys;

namespace Gateway.Tests;

public sealed class SettingsHashTests
{
    private static readonly string SecretA = Convert.ToBase64String(new byte[32]);
    private static readonly string SecretB = Convert.ToBase64String(new byte[40]);

    [Fact]
    public void TheSameSettings_HaveTheSameHash()
    {
        var hash = Hash(new KeyOptions());
        Assert.Matches("^[0-9a-f]{16}$", hash);
        Assert.Equal(hash, Hash(new KeyOptions { MaxActivePerAccount = 3 }));
        Assert.Equal(
            hash,
            Hash(Environments(("sandbox", "sk_test_", "devnet"), ("production", "sk_live_", "mainnet-beta")))
        );
    }

    [Fact]
    public void TheOrderOfGrants_MeansNothing() =>
        Assert.Equal(Hash(new KeyOptions(), ("r", ["a", "b"])), Hash(new KeyOptions(), ("r", ["b", "a"])));

    [Fact]
    public void ThePeppersSecret_IsNotInIt() =>
        Assert.Equal(Hash(Peppers(("a", SecretA))), Hash(Peppers(("a", SecretB))));

    [Fact]
    public void WhateverBothMustAgreeOn_ChangesIt()
    {
        string[] hashes =
        [
            Hash(new KeyOptions()),
            Hash(new KeyOptions { DefaultPermissions = ["a"] }),
            Hash(Environments(("sandbox", "sk_test_", "devnet"))),
            Hash(Environments(("sandbox", "sk_test_", null))),
            Hash(Environments(("sandbox", "sk_", "devnet"))),
            Hash(Environments(("test", "sk_test_", "devnet"))),
            Hash(Peppers(("a", SecretA))),
            Hash(Peppers(("a", SecretA), ("b", SecretB))),
            Hash(Peppers(("b", SecretB), ("a", SecretA))),
            Hash(new KeyOptions { RequirePepper = true, Peppers = Peppers(("a", SecretA)).Peppers }),
            Hash(new KeyOptions(), ("r", ["*"])),
            Hash(new KeyOptions(), ("s", ["*"])),
            Hash(new KeyOptions(), ("r", ["a"])),
            Hash(new KeyOptions(), ("r", ["a"]), ("s", [])),
            Hash(new KeyOptions(), ("r", []), ("s", ["a"])),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct(StringComparer.Ordinal).Count());
    }

    private static string Hash(KeyOptions keys, params (string Name, string[] Grants)[] roles) =>
        SettingsHash.Compute(keys, new Roles(roles.ToDictionary(r => r.Name, r => r.Grants)));

    private static KeyOptions Environments(params (string Name, string Prefix, string? Network)[] environments) =>
        new()
        {
            Environments = environments.ToDictionary(
                e => e.Name,
                e => new EnvironmentOptions { Prefix = e.Prefix, Network = e.Network }
            ),
        };

    private static KeyOptions Peppers(params (string Id, string Secret)[] peppers) =>
        new() { Peppers = [.. peppers.Select(p => new PepperOptions { Id = p.Id, Secret = p.Secret })] };
}
