#!/usr/bin/env node
// Writes what gateway and admin-api are made of, as CycloneDX 1.6: every package of their lock files, its hash, its licence
// and what it needs, and the two parts that are no packages. The same commit and SDK give the same bytes. Licences are what
// the packages state of themselves, read where they were restored to.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const shipped = ["gateway", "admin-api"];
const read = (path) => readFileSync(path, "utf8");
const one = (text, pattern) => text.match(pattern)[1];
const props = read("Directory.Build.props");
const version = one(props, /<VersionPrefix>(.*?)</);
// Analyzers: they look at the build and leave nothing in what is built.
const ofTheBuild = [...props.matchAll(/<PackageReference Include="([^"]+)" PrivateAssets="all"/g)].map((m) => m[1]);

const restored = JSON.parse(read("gateway/obj/project.assets.json"));
const folders = Object.keys(restored.packageFolders);
const sdkFolder = dirname(Object.values(restored.project.frameworks)[0].runtimeIdentifierGraphPath);
const simple = /^(?!LicenseRef)[A-Za-z0-9.-]+$/;
const unescaped = (xml) => xml.trim().replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const sha512 = (base64) => [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }];

const stated = (expression) => [simple.test(expression) ? { license: { id: expression } } : { expression }];

// An SPDX expression, a file in the package, whose text is taken over, or in old packages no more than an address.
function licencesOf(name, version) {
  const at = folders.map((f) => join(f, name.toLowerCase(), version)).find(existsSync);
  if (!at) throw new Error(`${name} ${version} is not restored: run 'dotnet restore' first`);
  const nuspec = read(join(at, `${name.toLowerCase()}.nuspec`));
  const [, type, value] = nuspec.match(/<license\s+type="(expression|file)"[^>]*>([^<]*)</) ?? [];
  if (type === "expression") return stated(unescaped(value));
  if (type === "file") {
    const content = read(join(at, unescaped(value)));
    return [{ license: { name: `${unescaped(value)} of ${name}`, text: { contentType: "text/plain", content } } }];
  }
  const [, url] = nuspec.match(/<licenseUrl>([^<]*)</) ?? [];
  return url ? [{ license: { name: `that of ${name}, by its address`, url: unescaped(url) } }] : [];
}

const components = new Map();
const dependencies = new Map();

// As the SDK brings it along for its own use, whose list of parts names the version.
function hashingOfTheSdk() {
  const tasks = join(sdkFolder, "Sdks/Microsoft.Build.Tasks.Git/tools/net/Microsoft.Build.Tasks.Git.deps.json");
  const libraries = Object.entries(JSON.parse(read(tasks)).libraries);
  const [named, entry] = libraries.find(([key]) => key.startsWith("System.IO.Hashing/"));
  const [name, resolved] = named.split("/");
  const purl = `pkg:nuget/${name}@${resolved}`;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version: resolved,
    description: "As the .NET SDK brings it along; see Directory.Build.props.",
    scope: "required",
    hashes: sha512(entry.sha512.replace("sha512-", "")),
    licenses: stated("MIT"),
    purl,
  };
}

const hashing = hashingOfTheSdk();

for (const project of shipped) {
  const frameworks = JSON.parse(read(`${project}/packages.lock.json`)).dependencies;
  const known = new Map(Object.values(frameworks).flatMap((f) => Object.entries(f)));
  const reference = (name) => {
    const found = [...known].find(([key]) => key.toLowerCase() === name.toLowerCase());
    return found && found[1].type !== "Project" ? `pkg:nuget/${found[0]}@${found[1].resolved}` : undefined;
  };
  const needs = (names) => [...new Set(names.map(reference).filter(Boolean))].sort();
  for (const [name, entry] of known) {
    if (entry.type === "Project") continue;
    const purl = reference(name);
    components.set(purl, {
      type: "library",
      "bom-ref": purl,
      name,
      version: entry.resolved,
      scope: ofTheBuild.includes(name) ? "excluded" : "required",
      hashes: sha512(entry.contentHash),
      licenses: licencesOf(name, entry.resolved),
      purl,
    });
    dependencies.set(purl, needs(Object.keys(entry.dependencies ?? {})));
  }
  const direct = [...known].flatMap(([name, e]) =>
    e.type === "Direct" ? [name] : e.type === "Project" ? Object.keys(e.dependencies ?? {}) : [],
  );
  dependencies.set(project, [...needs(direct), hashing.purl, "dotnet"]);
  components.set(project, { type: "application", "bom-ref": project, name: project, version, licenses: stated("MIT") });
}

components.set(hashing.purl, hashing);
dependencies.set(hashing.purl, []);
components.set("dotnet", {
  type: "framework",
  "bom-ref": "dotnet",
  name: "Microsoft.AspNetCore.App",
  version: one(props, /<TargetFramework>net(.*?)</),
  description: "The runtime, which the machine or the base image provides.",
  scope: "required",
  licenses: stated("MIT"),
});

const byKey = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: {
    timestamp: new Date(git("log", "-1", "--format=%cI")).toISOString(),
    component: { type: "application", "bom-ref": "all", name: "api-key-gateway", version, licenses: stated("MIT") },
  },
  components: byKey(components).map(([, component]) => component),
  dependencies: [
    { ref: "all", dependsOn: shipped },
    ...byKey(dependencies).map(([ref, dependsOn]) => ({ ref, dependsOn })),
    { ref: "dotnet", dependsOn: [] },
  ],
};
const digest = createHash("sha256").update(JSON.stringify(bom)).digest("hex");
const parts = [digest.slice(0, 8), digest.slice(8, 12), `5${digest.slice(13, 16)}`, `a${digest.slice(17, 20)}`];
bom.serialNumber = `urn:uuid:${[...parts, digest.slice(20, 32)].join("-")}`;
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
