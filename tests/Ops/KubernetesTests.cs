using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>The manifests of production: valid by the API's own schemas, restricted, and what the processes read.</summary>
public sealed class KubernetesTests
{
    private static readonly List<JsonObject> Manifests = Kustomization.Build("ops/kubernetes/production");

    [Fact]
    public async Task EveryManifest_IsValidByTheSchemasOfTheApi_WhichKnowAMisspelledOne()
    {
        var file = Path.GetTempFileName();
        try
        {
            var misspelled = Of("Deployment", "gateway").DeepClone().AsObject();
            misspelled["spec"]!["replica"] = 3;
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(Manifests.Append(misspelled)));

            var result = await Repository.TryRunAsync("ops/kubernetes-schemas.sh", file);

            Assert.Contains("'replica'", result.Error.Replace('"', '\''), StringComparison.Ordinal);
            Assert.True(
                result.Output.Contains($"{Manifests.Count + 1} manifests, 1 problems", StringComparison.Ordinal),
                result.Error
            );
            Assert.Equal(1, result.ExitCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void EveryPod_IsRestricted()
    {
        var pods = Manifests.Where(m => Pods.TemplateOf(m) is not null).ToList();
        Assert.Equal(3, pods.Count);
        foreach (var manifest in pods)
        {
            var spec = Pods.TemplateOf(manifest)!["spec"]!;
            Assert.False((bool)spec["automountServiceAccountToken"]!);
            Assert.True((bool)spec["securityContext"]!["runAsNonRoot"]!);
            Assert.Equal("RuntimeDefault", (string)spec["securityContext"]!["seccompProfile"]!["type"]!);
            var container = Assert.Single(Pods.ContainersOf(manifest));
            var context = container["securityContext"]!;
            Assert.False((bool)context["allowPrivilegeEscalation"]!);
            Assert.True((bool)context["readOnlyRootFilesystem"]!);
            Assert.Equal("ALL", (string)Assert.Single(context["capabilities"]!["drop"]!.AsArray())!);
            Assert.Contains("@sha256:", (string)container["image"]!, StringComparison.Ordinal);
            Assert.NotNull(container["resources"]!["limits"]!["memory"]);
        }
        var labels = Of("Namespace", "gateway")["metadata"]!["labels"]!;
        Assert.Equal("restricted", (string)labels["pod-security.kubernetes.io/enforce"]!);
    }

    [Fact]
    public async Task EverySetting_IsTheProcesss_AndSecretsAreReferredTo()
    {
        Assert.DoesNotContain(Manifests, m => (string)m["kind"]! == "Secret");
        foreach (var manifest in Manifests.Where(m => Pods.TemplateOf(m) is not null))
        {
            var container = Assert.Single(Pods.ContainersOf(manifest));
            var settings = container["env"]!
                .AsArray()
                .Select(e => ((string)e!["name"]!, (string?)e["value"] ?? "of-the-pod"))
                .ToList();
            Assert.DoesNotContain(settings, s => s.Item1.Contains("ConnectionString") || s.Item1.Contains("Token"));
            var folder = settings.Single(s => s.Item1 == "SECRETS_FOLDER").Item2;
            var mount = Assert.Single(container["volumeMounts"]!.AsArray(), m => (string)m!["mountPath"]! == folder);
            var volumes = Pods.TemplateOf(manifest)!["spec"]!["volumes"]!.AsArray();
            Assert.NotNull(volumes.Single(v => (string)v!["name"]! == (string)mount!["name"]!)!["secret"]);
            settings.Add(("Store__ConnectionString", "Host=postgres.data.svc;Database=gateway"));
            await DeployedSettings.CheckAsync((string)container["name"]! == "gateway", settings);
        }
    }

    [Fact]
    public void GracefulStop_IsLongerThanDelayAndDrain_AndProbesAskTheRightPages()
    {
        var spec = Pods.TemplateOf(Of("Deployment", "gateway"))!["spec"]!;
        var container = Assert.Single(Pods.ContainersOf(Of("Deployment", "gateway")));
        // A pause before the signal would be one more in which nothing happens.
        Assert.Null(container["lifecycle"]);
        var delay = int.Parse((string)Named(container["env"]!, "Gateway__DrainDelaySeconds")["value"]!);
        var drain = int.Parse((string)Named(container["env"]!, "Gateway__DrainSeconds")["value"]!);
        Assert.InRange((int)spec["terminationGracePeriodSeconds"]!, delay + drain + 10, 120);
        // Nobody is sent to one that drains, and one without a store is not killed for it.
        Assert.Equal("/readyz", (string)container["readinessProbe"]!["httpGet"]!["path"]!);
        Assert.InRange((int)container["readinessProbe"]!["periodSeconds"]! * 2, 1, delay);
        foreach (var probe in new[] { "startupProbe", "livenessProbe" })
            Assert.Equal("/healthz", (string)container[probe]!["httpGet"]!["path"]!);
        Assert.Equal(9090, (int)Named(container["ports"]!, "ops")["containerPort"]!);
    }

    [Fact]
    public void ServicesBudgetsAndAutoscaler_MeanPodsThatAreThere()
    {
        var labels = Manifests
            .Select(Pods.TemplateOf)
            .OfType<JsonObject>()
            .Select(t => t["metadata"]!["labels"]!.AsObject())
            .ToList();
        Assert.All(OfKind("Service"), s => AssertMeans(s["spec"]!["selector"]!.AsObject(), labels));
        foreach (var budget in OfKind("PodDisruptionBudget"))
            AssertMeans(budget["spec"]!["selector"]!["matchLabels"]!.AsObject(), labels);
        var autoscaler = Assert.Single(OfKind("HorizontalPodAutoscaler"))["spec"]!;
        var target = Of("Deployment", (string)autoscaler["scaleTargetRef"]!["name"]!);
        Assert.Null(target["spec"]!["replicas"]);
        Assert.InRange((int)autoscaler["minReplicas"]!, 3, (int)autoscaler["maxReplicas"]!);
        var spread = Pods.TemplateOf(target)!["spec"]!["topologySpreadConstraints"]!.AsArray();
        Assert.Equal("DoNotSchedule", (string)spread[0]!["whenUnsatisfiable"]!);
        Assert.Equal(2, spread.Count);
    }

    [Fact]
    public void NobodyTalksToAnybody_UnlessAPolicySaysSo()
    {
        var policies = OfKind("NetworkPolicy").Select(p => p["spec"]!.AsObject()).ToList();
        Assert.Contains(
            policies,
            p =>
                p["podSelector"]!.AsObject().Count == 0
                && p["policyTypes"]!.AsArray().Count == 2
                && p["ingress"] is null
                && p["egress"] is null
        );
        foreach (var manifest in Manifests.Where(m => Pods.TemplateOf(m) is not null))
        {
            var component = Component(Pods.TemplateOf(manifest)!["metadata"]!["labels"]!);
            Assert.Single(policies, p => Component(p["podSelector"]!["matchLabels"]) == component);
        }
        // The gateway's own port and the admin API's are open to those who are named, never to all.
        Assert.All(
            policies.SelectMany(p => p["ingress"]?.AsArray() ?? []),
            rule => Assert.NotEmpty(rule!["from"]!.AsArray())
        );
    }

    private static string? Component(JsonNode? labels) => (string?)labels?["app.kubernetes.io/component"];

    private static void AssertMeans(JsonObject selector, IEnumerable<JsonObject> labels) =>
        Assert.Single(labels, l => selector.All(s => (string?)l[s.Key] == (string?)s.Value));

    private static IEnumerable<JsonObject> OfKind(string kind) => Manifests.Where(m => (string)m["kind"]! == kind);

    private static JsonObject Of(string kind, string name) =>
        Assert.Single(OfKind(kind), m => (string)m["metadata"]!["name"]! == name);

    private static JsonNode Named(JsonNode list, string name) =>
        Assert.Single(list.AsArray(), i => (string)i!["name"]! == name)!;
}
