// Two readings of the same OpenAPI description: its JSON schemas, for what must be there and of which type, and its
// TypeScript types, which also refuse a field that does not exist, as `kubectl apply` does. Called by kubernetes-schemas.sh.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [tools, file] = process.argv.slice(2);
const require = createRequire(join(tools, "package.json"));
const manifests = JSON.parse(readFileSync(file, "utf8"));
const problems = [];
const lines = [];

for (const [number, manifest] of manifests.entries()) {
  const { apiVersion, kind } = manifest;
  const name = `${kind} ${manifest.metadata?.name}`;
  const path = `kubernetes-models/${apiVersion}/${kind}`;
  try {
    const { [kind]: Model } = await import(pathToFileURL(join(tools, "node_modules", `${path}.js`)));
    new Model(manifest).validate();
  } catch (e) {
    problems.push(`${name}: ${e.message}`);
    continue;
  }
  lines.push(`import type { I${kind} as M${number} } from "${path}";`);
  lines.push(`export const m${number}: M${number} = ${JSON.stringify(manifest)};`);
}

const folder = mkdtempSync(join(tools, "check-"));
try {
  const source = join(folder, "manifests.ts");
  writeFileSync(source, lines.join("\n"));
  const ts = require("typescript");
  const program = ts.createProgram([source], {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  });
  for (const { messageText } of ts.getPreEmitDiagnostics(program)) {
    problems.push(ts.flattenDiagnosticMessageText(messageText, " "));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const problem of problems) console.error(problem);
console.log(`${manifests.length} manifests, ${problems.length} problems`);
process.exit(problems.length === 0 && manifests.length > 0 ? 0 : 1);
