// One virtual user: a thread with a script of its own, which does what it was started for and says what it has measured.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { samples, tell } from './bridge.js';
import { scenario } from './execution.js';

const { script, exec, data, iterations, counter } = workerData;

globalThis.__ENV = { ...process.env };
globalThis.open = (name) => readFileSync(path.resolve(path.dirname(script), name), 'utf8');

try {
  const module = await import(pathToFileURL(script).href);
  delete globalThis.open;
  tell('done', { ...(await run(module)), samples });
} catch (error) {
  tell('done', { error: error.stack, samples });
}

async function run(module) {
  if (exec === 'options') {
    const named = Object.keys(module).filter((name) => typeof module[name] === 'function');
    return { options: module.options ?? {}, functions: named };
  }
  if (exec === 'setup') return { data: await module.setup() };
  if (exec === 'teardown') return void (await module.teardown(data));
  scenario.name = workerData.scenario;
  for (let next; (next = Atomics.add(counter, 0, 1)) < iterations; ) {
    scenario.iterationInTest = next;
    await module[exec](data);
  }
  return {};
}
