using System.Net;
using BenchmarkDotNet.Attributes;
using Gateway.Keys;

namespace Gateway.Load;

/// <summary>Checks 4 to 9 of keys that are allowed: their cost must not grow with what a key says.</summary>
public class VerdictBenchmarks
{
    /// <summary>Name of the row of a key with few addresses, and of one with many.</summary>
    public const string FewAddressesRow = "verdict, 10 address ranges";

    /// <inheritdoc cref="FewAddressesRow"/>
    public const string ManyAddressesRow = "verdict, 10,000 address ranges";

    private const string Wallet = "wal_00000005";

    private readonly IPAddress _client = IPAddress.Parse("10.0.5.1");
    private readonly RoutePolicy _one = Policy(1);
    private readonly RoutePolicy _hundred = Policy(100);
    private readonly RoutePolicy _wallet = new()
    {
        RouteId = "wallets",
        Permissions = [Permission(1)],
        Wallet = new WalletRule(WalletSource.RouteValue, "walletId"),
    };
    private readonly CachedKey _fewAddresses = Key(addresses: 10);
    private readonly CachedKey _manyAddresses = Key(addresses: 10_000);
    private readonly CachedKey _plain = Key();
    private readonly CachedKey _manyPermissions = Key(permissions: 100);
    private readonly CachedKey _bound = Bound();
    private readonly DefaultHttpContext _context = new();
    private readonly long _now = TimeProvider.System.GetUtcNow().UtcTicks;

    /// <summary>Names the wallet.</summary>
    [GlobalSetup]
    public void Setup() => _context.Request.RouteValues["walletId"] = Wallet;

    /// <summary>Ten separate ranges, as a person writes them.</summary>
    [Benchmark(Description = FewAddressesRow)]
    public bool FewAddresses() => Judge(_fewAddresses, _one);

    /// <summary>More than the API takes.</summary>
    [Benchmark(Description = ManyAddressesRow)]
    public bool ManyAddresses() => Judge(_manyAddresses, _one);

    /// <summary>The smallest list.</summary>
    [Benchmark(Description = "verdict, 1 permission")]
    public bool OnePermission() => Judge(_plain, _one);

    /// <summary>One is demanded of many.</summary>
    [Benchmark(Description = "verdict, 1 permission of 100")]
    public bool OneOfMany() => Judge(_manyPermissions, _one);

    /// <summary>All are demanded.</summary>
    [Benchmark(Description = "verdict, 100 permissions of 100")]
    public bool ManyPermissions() => Judge(_manyPermissions, _hundred);

    /// <summary>A key of ten wallets, whose permissions for the one that the path names are narrower than its own.</summary>
    [Benchmark(Description = "verdict, 1 wallet of 10, narrowed")]
    public bool BoundWallet() => Judge(_bound, _wallet);

    private bool Judge(CachedKey key, RoutePolicy policy)
    {
        var verdict = KeyGate.Judge(key, policy, _context, _now, _client);
        return verdict.Reason is { } reason ? throw new InvalidOperationException($"refused: {reason}") : true;
    }

    private static string Permission(int number) => $"scope-{number}.use";

    private static RoutePolicy Policy(int permissions) =>
        new() { RouteId = "some", Permissions = [.. Enumerable.Range(1, permissions).Select(Permission)] };

    private static CachedKey Key(int addresses = 0, int permissions = 1) =>
        BenchKeys.Compile(
            BenchKeys.Record(
                "acc_bench",
                addresses == 0 ? null : BenchKeys.Addresses(addresses),
                [.. Enumerable.Range(1, permissions).Select(Permission)]
            )
        );

    private static CachedKey Bound() =>
        BenchKeys.Compile(
            BenchKeys.Record("acc_bench", null, ["*"]) with
            {
                WalletScope = WalletScope.Selected,
                WalletBindings =
                [
                    .. Enumerable.Range(0, 10).Select(i => new WalletBinding($"wal_0000000{i}", [Permission(1)])),
                ],
            }
        );
}
