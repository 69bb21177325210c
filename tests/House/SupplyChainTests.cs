using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Gateway.Tests;

/// <summary>What comes from elsewhere is known, file by file: lock files are those of the projects, and the list of what is
/// shipped is that of the lock files.</summary>
public sealed class SupplyChainTests
{
    private static IEnumerable<string> Projects =>
        SourceTree.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal));

    [Fact]
    public void EveryProject_HasALockFile_OfWhatItReferences()
    {
        var versions = References("Directory.Packages.props", "PackageVersion")
            .ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal);
        var everywhere = References("Directory.Build.props", "PackageReference").Select(p => p.Name).ToList();
        Assert.NotEmpty(Projects);
        SourceTree.AssertNone(
            from project in Projects
            let file = Path.GetDirectoryName(project) + "/packages.lock.json"
            let locked = File.Exists(Path.Combine(Repository.Root, file)) ? Locked(file) : []
            from name in References(project, "PackageReference").Select(p => p.Name).Concat(everywhere)
            where (string?)locked[name]?["requested"] != $"[{versions[name]}, )"
            select $"{file}: {name} is not locked at {versions[name]}: run 'dotnet restore' and commit the lock file"
        );
    }

    [Fact]
    public void LockFiles_NameNoMachine() =>
        SourceTree.AssertNone(
            SourceTree.Files.Where(f =>
                f.EndsWith("packages.lock.json", StringComparison.Ordinal)
                && SourceTree.Read(f).Contains("://", StringComparison.Ordinal)
            )
        );

    [Fact]
    public void NoPackage_IsOfAVersionThatWeKnowToBeVulnerable()
    {
        var locked = SourceTree.Files.Where(f => f.EndsWith("packages.lock.json", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(locked);
        SourceTree.AssertNone(
            from file in locked
            from package in Locked(file)
            let version = (string?)package.Value!["resolved"]
            where version is not null
            from advisory in AdvisoriesOf(package.Key, version)
            select $"{file}: {package.Key} {version}: {advisory}"
        );
    }

    [Theory]
    [InlineData("Newtonsoft.Json", "12.0.1", "GHSA-5crp-9r3c-p9vr")]
    [InlineData("npgsql", "8.0.2", "GHSA-x9vc-6hfv-hg8c")]
    [InlineData("Npgsql", "8.0.3", null)]
    [InlineData("Npgsql", "8.0.3-preview.1", "GHSA-x9vc-6hfv-hg8c")]
    [InlineData("SourceGear.sqlite3", "3.50.4.5", null)]
    [InlineData("Yarp.ReverseProxy", "2.0.0", "GHSA-jrjw-qgr2-wfcg")]
    public void VersionThatIsVulnerable_IsFound(string package, string version, string? advisory) =>
        Assert.Equal(advisory, AdvisoriesOf(package, version).SingleOrDefault());

    [Fact]
    public async Task ListOfWhatIsShipped_HasEveryPackage_WithItsHash_AndIsTheSameEachTime()
    {
        var text = await ListAsync();
        Assert.Equal(text, await ListAsync());
        var list = JsonNode.Parse(text)!;
        Assert.Equal(("CycloneDX", "1.6"), ((string)list["bomFormat"]!, (string)list["specVersion"]!));
        var parts = list["components"]!.AsArray().ToDictionary(c => (string)c!["bom-ref"]!, c => c!);
        foreach (var project in new[] { "gateway", "admin-api" })
        foreach (var (name, package) in Locked($"{project}/packages.lock.json"))
        {
            if ((string)package!["type"]! == "Project")
                continue;
            var part = parts[$"pkg:nuget/{name}@{(string)package["resolved"]!}"];
            var hash = Convert.ToHexStringLower(Convert.FromBase64String((string)package["contentHash"]!));
            Assert.Equal(hash, (string)part["hashes"]![0]!["content"]!);
        }
        Assert.Contains(parts.Keys, p => p.StartsWith("pkg:nuget/System.IO.Hashing@", StringComparison.Ordinal));
        Assert.All(parts.Values, p => Assert.NotEmpty((string?)p["version"] ?? ""));
        Assert.All(parts.Values, AssertLicensed);
        var named = list["dependencies"]!.AsArray().SelectMany(d => d!["dependsOn"]!.AsArray()).Select(d => (string)d!);
        Assert.All(named, d => Assert.Contains(d, parts.Keys));
    }

    // By an SPDX id, or an expression of several; otherwise by its text or by an address.
    private static void AssertLicensed(JsonNode part)
    {
        var licences = part["licenses"]?.AsArray();
        Assert.True(licences is { Count: > 0 }, $"{part["name"]} has no licence.");
        var (one, stated) = (licences[0]!["license"], licences[0]!["expression"] ?? licences[0]!["license"]!["id"]);
        Assert.NotNull(stated ?? one!["text"]?["content"] ?? one["url"]);
    }

    private static async Task<string> ListAsync()
    {
        var file = await Repository.RunAsync(Path.Combine("ops", "sbom.sh"));
        return await File.ReadAllTextAsync(Path.Combine(Repository.Root, file));
    }

    // What comes before a version is taken for older than it, as it is for ranges of advisories.
    private static IEnumerable<string> AdvisoriesOf(string package, string version)
    {
        var parts = version.Split('-', '+');
        var (number, isBefore) = (Version.Parse(parts[0]), version.Contains('-', StringComparison.Ordinal));
        return from line in SourceTree.Read("ops/advisories.tsv").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            where line[0] is not '#'
            let fields = line.Split('\t')
            where fields[0].Equals(package, StringComparison.OrdinalIgnoreCase)
            let end = Version.Parse(fields[2])
            where number >= Version.Parse(fields[1]) && (number < end || (isBefore && number == end))
            select fields[3];
    }

    private static JsonObject Locked(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, file)))!["dependencies"]!["net10.0"]!.AsObject();

    private static IEnumerable<(string Name, string? Version)> References(string file, string element) =>
        from reference in XDocument.Parse(SourceTree.Read(file)).Descendants(element)
        select ((string)reference.Attribute("Include")!, (string?)reference.Attribute("Version"));
}
