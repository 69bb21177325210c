using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>What the commands on routes files say, as JSON.</summary>
internal static class RoutesReport
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        // For other programs and people at a terminal; nothing embeds it in a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Of <c>gateway check</c>: <c>{file, ok, problems, warnings}</c>.</summary>
    public static string Check(RoutesRead read) =>
        new JsonObject
        {
            ["file"] = read.Path,
            ["ok"] = read.Problems.Count == 0,
            ["problems"] = Said(read, read.Problems),
            ["warnings"] = Said(read, read.Warnings),
        }.ToJsonString(Readable);

    /// <summary>Of <c>gateway routes</c>: <c>{file, ok, routes, warnings}</c>, routes as they are tried.</summary>
    public static string Table(RoutesRead read) =>
        new JsonObject
        {
            ["file"] = read.Path,
            ["ok"] = read.Problems.Count == 0,
            ["routes"] = new JsonArray([.. RouteTable.InOrder(read.Routes!).Select(r => Route(r.Route, r.Policy))]),
            ["warnings"] = Said(read, read.TableWarnings),
        }.ToJsonString(Readable);

    private static JsonArray Said(RoutesRead read, IEnumerable<string> all) =>
        new([
            .. all.Select(said =>
            {
                var place = read.PlaceOf(said);
                var (path, text) = said.IndexOf(": ", StringComparison.Ordinal) is >= 0 and var end
                    ? (said[..end], said[(end + 2)..])
                    : ("", said);
                return new JsonObject
                {
                    ["path"] = path,
                    ["line"] = place?.Line,
                    ["column"] = place?.Column,
                    ["message"] = text,
                };
            }),
        ]);

    private static JsonObject Route(RouteConfig route, RoutePolicy policy) =>
        new()
        {
            ["id"] = route.RouteId,
            ["order"] = route.Order ?? 0,
            ["methods"] = Texts(route.Match.Methods),
            ["hosts"] = Texts(route.Match.Hosts),
            ["path"] = route.Match.Path,
            ["conditions"] = Texts(RouteCondition.Read(route.Match).Select(c => c.Subject)),
            ["access"] = policy.Anonymous ? "anonymous" : "key",
            ["permissions"] = Texts(policy.Permissions),
            ["environments"] = Texts(policy.Environments),
            ["wallet"] = policy.Wallet.Source == WalletSource.None ? null : policy.Wallet.ToString(),
            ["maxStalenessSeconds"] = policy.Anonymous ? null : policy.MaxStaleness.TotalSeconds,
            ["credential"] = policy.ForwardCredential ? "forward" : "strip",
            ["cluster"] = policy.HasClusters ? null : route.ClusterId,
            ["clusters"] = new JsonObject(
                policy
                    .Clusters.OrderBy(c => c.Key, StringComparer.Ordinal)
                    .Select(c => KeyValuePair.Create(c.Key, (JsonNode?)JsonValue.Create(c.Value)))
            ),
        };

    private static JsonArray? Texts(IEnumerable<string>? texts) =>
        texts is null ? null : new JsonArray([.. texts.Select(t => JsonValue.Create(t))]);
}
