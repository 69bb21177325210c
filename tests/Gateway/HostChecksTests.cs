using Microsoft.Extensions.Configuration;

namespace Gateway.Tests;

/// <summary>The process does not start where the framework would undo the edge.</summary>
public sealed class HostChecksTests
{
    [Theory]
    [InlineData("FORWARDEDHEADERS_ENABLED", "true")]
    [InlineData("ForwardedHeaders_Enabled", "TRUE")]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "1")]
    [InlineData("DOTNET_FORWARDEDHEADERS_ENABLED", "yes")]
    public void TheFrameworksForwardedHeaders_StopTheStart(string name, string value) =>
        Assert.Contains("TrustedProxies", Assert.Single(Check((name, value))), StringComparison.Ordinal);

    [Theory]
    [InlineData("false")]
    [InlineData("0")]
    [InlineData("")]
    public void SwitchedOff_TheyDoNot(string value) => Assert.Empty(Check(("FORWARDEDHEADERS_ENABLED", value)));

    [Theory]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.EnableInsecureChunkedRequestParsing")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.AllowKeepAliveAfterCLTE")]
    public void UnsafeParsing_StopsTheStart(string name)
    {
        List<string> problems = [];
        HostChecks.CheckSwitches(s => s == name, problems);
        Assert.Contains(name, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0", true)]
    [InlineData("10.0.0+b0f34d51fccc69fd334253924abd8d6853fad7aa", true)]
    [InlineData("10.0.12+95017c711e", true)]
    [InlineData("10.0.0-rc.2.25502.107", true)]
    [InlineData("11.0.0-preview.1.26000.1", true)]
    [InlineData("10.0.0-rc.1.25451.107+sha", false)]
    [InlineData("10.0.0-preview.7.25380.108", false)]
    [InlineData("9.0.10", false)]
    [InlineData("8.0.21", false)]
    [InlineData("ten", false)]
    public void OnlyServersWithTheFix_AreTaken(string version, bool isFixed) =>
        Assert.Equal(isFixed, HostChecks.IsFixed(version));

    private static List<string> Check(params (string Name, string Value)[] settings)
    {
        List<string> problems = [];
        var values = settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value));
        HostChecks.Check(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), problems);
        return problems;
    }
}
