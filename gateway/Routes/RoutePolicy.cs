using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Gateway;

/// <summary>
/// What a route demands of a request: the <c>Metadata</c> of a YARP route, parsed once when the routes file is read.
/// Immutable, and part of the endpoint it belongs to (<see cref="RoutePolicies.Attach"/>), so that a request is judged
/// by the policy of exactly the route that forwards it, whatever is reloaded meanwhile.
/// </summary>
public sealed class RoutePolicy
{
    private readonly string[] _permissions = [];
    private readonly FrozenDictionary<string, string> _clusters = FrozenDictionary<string, string>.Empty;
    private FrozenDictionary<string, ClusterState> _states = FrozenDictionary<string, ClusterState>.Empty;

    /// <summary>Id of the route: also the metric label.</summary>
    public required string RouteId { get; init; }

    /// <summary>No key is needed; nothing below but <see cref="AllowEncoded"/> means anything then.</summary>
    public bool Anonymous { get; init; }

    /// <summary>All of these are needed; empty: any valid key.</summary>
    public IReadOnlyList<string> Permissions
    {
        get => _permissions;
        init => _permissions = [.. value];
    }

    /// <summary>The same, to be gone through without an enumerator.</summary>
    internal ReadOnlySpan<string> Demanded => _permissions;

    /// <summary>The permissions, separated by spaces: <c>scope</c> of the challenge (RFC 6750 section 3).</summary>
    public string ScopeText => field ??= string.Join(' ', Permissions);

    /// <summary>The only environments whose keys are taken; null for any.</summary>
    public IReadOnlyList<string>? Environments { get; init; }

    /// <summary>Cluster ids by environment; empty when the route's own cluster serves every key.</summary>
    public IReadOnlyDictionary<string, string> Clusters
    {
        get => _clusters;
        init => _clusters = value.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Whether the cluster depends on the key's environment.</summary>
    public bool HasClusters => _clusters.Count > 0;

    /// <summary>How wallets are judged.</summary>
    public WalletRule Wallet { get; init; } = WalletRule.None;

    /// <summary>Percent-encodings of the path, beyond what every route takes, that this upstream needs.</summary>
    public EncodedSet AllowEncoded { get; init; }

    /// <summary>Pass the key on, for an upstream that checks it itself.</summary>
    public bool ForwardCredential { get; init; }

    /// <summary>How long past the lease's end a cached accept is still honoured.</summary>
    public TimeSpan MaxStaleness { get; init; }

    /// <summary>Whether the route states how long an answer may take.</summary>
    public bool HasTimeout { get; init; }

    /// <summary>Where decisions on this route are counted; looked up once (<see cref="Decisions"/>).</summary>
    internal long[]? Counts { get; set; }

    /// <summary>Whether keys of an environment are taken here. Once the route names clusters by environment, an
    /// environment without one is not: a sandbox key never reaches a production backend.</summary>
    public bool AllowsEnvironment(string environment) =>
        (Environments is null || Environments.Contains(environment, StringComparer.Ordinal))
        && (!HasClusters || _clusters.ContainsKey(environment));

    /// <summary>The cluster for keys of an environment.</summary>
    /// <returns>False: the route's own cluster serves (<see cref="HasClusters"/> is false), or nothing does.</returns>
    public bool TryGetCluster(string environment, out string? clusterId) =>
        _clusters.TryGetValue(environment, out clusterId);

    /// <summary>The cluster for keys of an environment, as it was when the route was made: a reload takes it from the
    /// proxy's list while requests are still judged by this policy.</summary>
    internal bool TryGetState(string environment, [NotNullWhen(true)] out ClusterState? cluster) =>
        _states.TryGetValue(environment, out cluster);

    /// <summary>Finds the clusters it names.</summary>
    internal void Bind(IProxyStateLookup clusters) =>
        _states = _clusters.ToFrozenDictionary(
            c => c.Key,
            c =>
                clusters.TryGetCluster(c.Value, out var state)
                    ? state
                    : throw new InvalidOperationException($"Cluster '{c.Value}' of route '{RouteId}' is not there."),
            StringComparer.Ordinal
        );

    /// <summary>Reads the policy of a route. Never throws.</summary>
    /// <param name="route">The route, as YARP read it.</param>
    /// <param name="context">What the settings say.</param>
    /// <param name="problems">Gets one line for each problem, naming route and key. When it gets any, the returned
    /// policy must not serve.</param>
    public static RoutePolicy Parse(RouteConfig route, RouteContext context, ICollection<string> problems) =>
        new RoutePolicyParser(route, context, problems).Parse();
}
