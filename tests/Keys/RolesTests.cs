using Gateway.Keys;

namespace Gateway.Tests;

public sealed class RolesTests
{
    private static readonly Roles Defaults = new(new Dictionary<string, string[]>());

    [Theory]
    [InlineData("api_admin", "custody:write", true)]
    [InlineData("api_admin", "vm.buy.crypto", true)]
    [InlineData("api_developer", "tokens:write", true)]
    [InlineData("api_developer", "custody:read", true)]
    [InlineData("api_developer", "custody:write", false)]
    [InlineData("api_developer", "api-keys:write", false)]
    [InlineData("api_developer", "org:write", false)]
    [InlineData("api_developer", "vm.buy.crypto", false)]
    [InlineData("api_readonly", "tokens:read", true)]
    [InlineData("api_readonly", "tokens:write", false)]
    public void TheDefaultRoles_MayWhatTheContractSays(string role, string permission, bool expected)
    {
        Assert.True(Defaults.TryGet(role, out var grants));
        Assert.Equal(expected, grants!.Allows(permission));
    }

    [Theory]
    [InlineData("api_admin", "api_admin api_developer api_readonly")]
    [InlineData("api_developer", "api_developer api_readonly")]
    [InlineData("api_readonly", "api_readonly")]
    public void ARole_CoversTheRolesBelowIt(string actor, string covered)
    {
        Defaults.TryGet(actor, out var grants);
        foreach (var name in Defaults.Names)
        {
            Defaults.TryGet(name, out var asked);
            Assert.Equal(covered.Split(' ').Contains(name), grants!.Covers(asked!));
        }
    }

    [Fact]
    public void ConfiguredRoles_ReplaceTheDefaults()
    {
        var roles = new Roles(new Dictionary<string, string[]> { ["trader"] = ["vm.*", "!vm.sell.*"] });
        Assert.Equal(["trader"], roles.Names);
        Assert.False(roles.TryGet("api_admin", out _));
        Assert.True(Effective(roles, null, "trader").Allows("vm.buy.crypto"));
        Assert.False(Effective(roles, null, "trader").Allows("vm.sell.crypto"));
    }

    [Fact]
    public void PermissionsComeBeforeTheRole_AndTheRoleBeforeTheDefault()
    {
        string[] defaults = ["vm.buy.crypto"];
        Assert.Equal(["a:b"], Effective(Defaults, ["a:b"], "api_admin", defaults).Names);
        Assert.Equal(["*:read"], Effective(Defaults, null, "api_readonly", defaults).Names);
        Assert.Equal(defaults, Effective(Defaults, null, null, defaults).Names);
        Assert.True(Effective(Defaults, null, null).IsEmpty);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("API_ADMIN")]
    [InlineData("")]
    public void AnUnknownRole_GrantsNothing_NotTheDefault(string role) =>
        Assert.True(Effective(Defaults, null, role, "a:b").IsEmpty);

    [Fact]
    public void NoPermissions_AreNotTheAbsenceOfPermissions() =>
        Assert.True(Effective(Defaults, [], "api_admin", "a:b").IsEmpty);

    [Theory]
    [InlineData("!a:b")]
    [InlineData("A")]
    public void PermissionsThatCannotBeRead_GrantNothing(string bad) =>
        Assert.True(Effective(Defaults, ["a:b", bad], "api_admin", "a:b").IsEmpty);

    [Fact]
    public void TheDefaultPermissions_AreCheckedAndCompiledOnce()
    {
        var options = new KeyOptions { DefaultPermissions = ["vm.buy.crypto"] };
        var roles = new Roles(new Dictionary<string, string[]>(), options);
        Assert.Same(roles.Effective(null, null, options), roles.Effective(null, null, options));
        Assert.Equal(["vm.buy.crypto"], roles.Effective(null, null, options).Names);

        var bad = new KeyOptions { DefaultPermissions = ["!vm.buy"] };
        var e = Assert.Throws<SettingsException>(() => new Roles(new Dictionary<string, string[]>(), bad));
        Assert.StartsWith("Keys:DefaultPermissions: ", Assert.Single(e.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryProblem_IsListedAtOnce()
    {
        var configured = new Dictionary<string, string[]>
        {
            ["a b"] = ["*"],
            ["c"] = ["x y", "!"],
            ["d"] = null!,
        };
        var e = Assert.Throws<SettingsException>(() => new Roles(configured));
        Assert.Equal(3, e.Problems.Count);
        Assert.Contains(e.Problems, p => p.StartsWith("Roles:c: 'x y'", StringComparison.Ordinal));
    }

    private static Grants Effective(Roles roles, string[]? permissions, string? role, params string[] defaults) =>
        roles.Effective(permissions, role, new KeyOptions { DefaultPermissions = [.. defaults] });
}
