using System.Reflection;
using System.Runtime.CompilerServices;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A store method that was tried on one database only may not even parse on the other.</summary>
public sealed class StoreContractIsCompleteTests
{
    [Fact]
    public void EveryStoreMethod_IsInTheContract()
    {
        var contract = string.Concat(
            SourceTree
                .CSharp("tests/Storage/")
                .Where(f =>
                    Path.GetFileName(f) is var name
                    && (name == "Sample.cs" || name.StartsWith("StoreContract.", StringComparison.Ordinal))
                )
                .Select(SourceTree.Read)
        );
        var methods = typeof(Session)
            .Assembly.GetExportedTypes()
            .Where(t => t.Namespace == typeof(Session).Namespace)
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Where(m => m.IsDefined(typeof(ExtensionAttribute)))
            .Where(m =>
                m.GetParameters()[0].ParameterType is var first
                && (first == typeof(Session) || first == typeof(Database))
            )
            .Select(m => m.Name)
            .Distinct()
            .ToList();

        Assert.NotEmpty(methods);
        Assert.All(methods, m => Assert.Contains($".{m}(", contract, StringComparison.Ordinal));
    }
}
