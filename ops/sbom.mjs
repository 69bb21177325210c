#!/usr/bin/env node
// Writes what gateway and admin-api are made of, as CycloneDX 1.6: every package of their lock files, its hash and what it
// needs, and the two parts that are no packages. The same commit gives the same bytes.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const shipped = ["gateway", "admin-api"];
const read = (path) => readFileSync(path, "utf8");
const one = (text, pattern) => text.match(pattern)[1];
const props = read("Directory.Build.props");
const version = one(props, /<VersionPrefix>(.*?)</);
// Analyzers: they look at the build and leave nothing in what is built.
const ofTheBuild = [...props.matchAll(/<PackageReference Include="([^"]+)" PrivateAssets="all"/g)].map((m) => m[1]);

const components = new Map();
const dependencies = new Map();

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
      hashes: [{ alg: "SHA-512", content: Buffer.from(entry.contentHash, "base64").toString("hex") }],
      purl,
    });
    dependencies.set(purl, needs(Object.keys(entry.dependencies ?? {})));
  }
  const direct = [...known].flatMap(([name, e]) =>
    e.type === "Direct" ? [name] : e.type === "Project" ? Object.keys(e.dependencies ?? {}) : [],
  );
  dependencies.set(project, [...needs(direct), "System.IO.Hashing", "dotnet"]);
  components.set(project, { type: "application", "bom-ref": project, name: project, version });
}

const sdk = JSON.parse(read("global.json")).sdk.version;
components.set("System.IO.Hashing", {
  type: "library",
  "bom-ref": "System.IO.Hashing",
  name: "System.IO.Hashing",
  description: `As the .NET SDK (${sdk} or later) brings it along; see Directory.Build.props.`,
  scope: "required",
});
components.set("dotnet", {
  type: "framework",
  "bom-ref": "dotnet",
  name: "Microsoft.AspNetCore.App",
  version: one(props, /<TargetFramework>net(.*?)</),
  description: "The runtime, which the machine or the base image provides.",
  scope: "required",
});

const byKey = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: {
    timestamp: new Date(git("log", "-1", "--format=%cI")).toISOString(),
    component: { type: "application", "bom-ref": "all", name: "api-key-gateway", version },
  },
  components: byKey(components).map(([, component]) => component),
  dependencies: [
    { ref: "all", dependsOn: shipped },
    ...byKey(dependencies).map(([ref, dependsOn]) => ({ ref, dependsOn })),
    { ref: "System.IO.Hashing", dependsOn: [] },
    { ref: "dotnet", dependsOn: [] },
  ],
};
const digest = createHash("sha256").update(JSON.stringify(bom)).digest("hex");
const parts = [digest.slice(0, 8), digest.slice(8, 12), `5${digest.slice(13, 16)}`, `a${digest.slice(17, 20)}`];
bom.serialNumber = `urn:uuid:${[...parts, digest.slice(20, 32)].join("-")}`;
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
