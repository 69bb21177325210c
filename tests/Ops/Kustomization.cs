using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>
/// What <c>kubectl kustomize</c> makes of a folder, as far as ours use it: resources, namespace, images by digest, config
/// maps from files and strategic merge patches. Anything else fails the test, so that nothing is silently left out; the
/// real tool is not to be had everywhere.
/// </summary>
internal static class Kustomization
{
    private static readonly string[] Understood =
    [
        "apiVersion",
        "kind",
        "resources",
        "namespace",
        "images",
        "configMapGenerator",
        "patches",
    ];

    // The API merges these lists by fields of their elements; every other list is replaced.
    private static readonly Dictionary<string, string> MergeKeys = new(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
        ["topologySpreadConstraints"] = "topologyKey whenUnsatisfiable",
    };

    /// <summary>The manifests of a folder of the repository.</summary>
    public static List<JsonObject> Build(string folder)
    {
        var file = Yaml.Read($"{folder}/kustomization.yaml");
        Assert.Empty(file.Select(p => p.Key).Except(Understood));
        List<JsonObject> manifests = [.. List(file, "resources").SelectMany(r => Resource(folder, (string)r!))];
        manifests.AddRange(List(file, "configMapGenerator").Select(g => ConfigMap(folder, g!.AsObject())));
        foreach (var patch in List(file, "patches").SelectMany(p => Yaml.ReadAll($"{folder}/{p!["path"]}")))
            Merge(Assert.Single(manifests, m => IsSame(m, patch)), patch);
        foreach (var image in List(file, "images"))
            Pin(manifests, image!);
        if (file["namespace"] is { } name)
            Place(manifests, (string)name!);
        return manifests;
    }

    private static IEnumerable<JsonObject> Resource(string folder, string name)
    {
        var path = Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, folder, name)));
        return name.EndsWith(".yaml", StringComparison.Ordinal) ? Yaml.ReadAll(path) : Build(path);
    }

    private static JsonObject ConfigMap(string folder, JsonObject generator)
    {
        Assert.True((bool)generator["options"]!["disableNameSuffixHash"]!);
        var data = List(generator, "files")
            .Select(f => KeyValuePair.Create((string)f!, (JsonNode?)SourceTree.Read($"{folder}/{f}")));
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = (string)generator["name"]! },
            ["data"] = new JsonObject(data),
        };
    }

    private static void Pin(List<JsonObject> manifests, JsonNode image)
    {
        var used = manifests.SelectMany(Pods.ContainersOf).Where(c => (string)c["image"]! == (string)image["name"]!);
        var list = used.ToList();
        Assert.NotEmpty(list);
        foreach (var container in list)
            container["image"] = $"{image["newName"]}@{image["digest"]}";
    }

    private static void Place(List<JsonObject> manifests, string name)
    {
        foreach (var manifest in manifests)
        {
            if ((string)manifest["kind"]! == "Namespace")
                Assert.Equal(name, (string)manifest["metadata"]!["name"]!);
            else
                manifest["metadata"]!["namespace"] = name;
        }
    }

    private static bool IsSame(JsonObject one, JsonObject other) =>
        (string)one["kind"]! == (string)other["kind"]!
        && (string)one["metadata"]!["name"]! == (string)other["metadata"]!["name"]!;

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is JsonObject inner && target[name] is JsonObject below)
                Merge(below, inner);
            else if (
                value is JsonArray list
                && target[name] is JsonArray existing
                && MergeKeys.TryGetValue(name, out var key)
            )
                MergeList(existing, list, key);
            else
                target[name] = value?.DeepClone();
        }
    }

    // As the API's own merge does it: what is new stands in front.
    private static void MergeList(JsonArray target, JsonArray patch, string key)
    {
        var at = 0;
        foreach (var item in patch.Select(i => i!.AsObject()))
        {
            if (target.FirstOrDefault(t => KeyOf(t!, key) == KeyOf(item, key)) is { } same)
                Merge(same.AsObject(), item);
            else
                target.Insert(at++, item.DeepClone());
        }
    }

    private static string KeyOf(JsonNode item, string fields) =>
        string.Join('\n', fields.Split(' ').Select(f => (string?)item[f]));

    private static JsonArray List(JsonObject file, string name) => file[name]?.AsArray() ?? [];
}

/// <summary>Finds the pods that manifests make.</summary>
internal static class Pods
{
    /// <summary>The pod template of a Deployment or a Job; null of anything else.</summary>
    public static JsonObject? TemplateOf(JsonObject manifest) =>
        (string)manifest["kind"]! is "Deployment" or "Job" ? manifest["spec"]!["template"]!.AsObject() : null;

    /// <summary>Its containers.</summary>
    public static IEnumerable<JsonObject> ContainersOf(JsonObject manifest) =>
        TemplateOf(manifest)?["spec"]!["containers"]!.AsArray().Select(c => c!.AsObject()) ?? [];
}
