using Gateway.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Gateway.Tests;

/// <summary>
/// What takes minutes begins first, the rest is in the order of its names: a long one that begins last keeps one processor
/// busy and the others waiting.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // By the time each takes on two processors: two minutes by promise, three minutes, one.
    private static readonly string[] Long = [nameof(ChaosTests), nameof(BrowserStage), nameof(FiguresTests)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [
            .. testCollections
                .OrderBy(c => Place(c.TestCollectionDisplayName))
                .ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal),
        ];

    private static int Place(string name)
    {
        var place = Array.FindIndex(Long, l => name.Contains(l, StringComparison.Ordinal));
        return place < 0 ? Long.Length : place;
    }
}
