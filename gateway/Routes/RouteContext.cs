namespace Gateway;

/// <summary>What the settings say that a routes file is read against.</summary>
/// <param name="Environments">Names of the configured environments.</param>
/// <param name="DefaultMaxStaleness"><c>Changes:DefaultMaxStaleness</c>, of routes that state none.</param>
public sealed record RouteContext(IReadOnlyList<string> Environments, TimeSpan DefaultMaxStaleness);
