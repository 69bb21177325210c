// A stand-in for k6, which is not to be had everywhere the tests run: `run.js run SCRIPT`. It executes a script's own code
// in Node, against whatever the script talks to, and holds it to its checks and thresholds. It is no load generator:
//
//   - every scenario runs a few iterations on two virtual users, whatever rate, duration and number the script states;
//     those that begin at the same time side by side, the others one after the other
//   - of k6's modules there is what the scripts use; what they use beyond that fails
//   - it is stricter: an exception, a threshold on no metric, or on one that nothing was measured for, fails the run
//
// So it finds what is wrong with a script; what k6 itself would say of it, types apart, only k6 can tell.
//
//   ITERATIONS 4 of each scenario that does not state its own number
//
// The exit code is 0, 99 when a threshold does not hold (as k6 has it), or 107 when the script failed.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { close, connect, say, sendAll } from './desk.js';
import { judge } from './thresholds.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const few = Number(process.env.ITERATIONS || 4);
const USERS = 2;
const SHARED = ['shared-iterations'];
const TIMED = ['constant-vus', 'ramping-vus', 'constant-arrival-rate', 'ramping-arrival-rate'];
const [THRESHOLD, FAILURE] = [99, 107];

const samples = [];
const metrics = new Map();

process.exit(await inFolder(path.resolve(process.argv[3] ?? ''), run));

async function run(script) {
  try {
    const { options, functions } = await use(script, 'options');
    const { data } = functions.includes('setup') ? await use(script, 'setup') : {};
    for (const group of byStart(scenariosOf(options, functions)))
      await Promise.all(group.map((scenario) => play(script, scenario, data)));
    if (functions.includes('teardown')) await use(script, 'teardown', { data });
    return report(options.thresholds ?? {});
  } catch (error) {
    console.log(`failed: ${error.message}`);
    return FAILURE;
  }
}

// A script finds `k6` as any module is found: in a folder node_modules above it.
async function inFolder(script, action) {
  const folder = mkdtempSync(path.join(tmpdir(), 'k6-'));
  try {
    const copy = path.join(folder, 'load', 'k6');
    const isOurs = (file) => !file.includes('node_modules');
    cpSync(path.dirname(script), copy, { recursive: true, filter: isOurs });
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(here, path.join(folder, 'node_modules', 'k6'));
    return await action(path.join(copy, path.basename(script)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function scenariosOf(options, functions) {
  const stated = options.scenarios ?? { default: { executor: 'constant-vus' } };
  return Object.entries(stated).map(([name, { executor, exec = 'default', startTime = '0s', iterations = few }]) => {
    if (![...SHARED, ...TIMED].includes(executor)) throw new Error(`${name}: no executor ${executor} here`);
    if (!functions.includes(exec)) throw new Error(`${name}: the script has no function ${exec}`);
    return { name, exec, start: parseFloat(startTime), iterations: SHARED.includes(executor) ? iterations : few };
  });
}

function byStart(scenarios) {
  const starts = [...new Set(scenarios.map((s) => s.start))].sort((a, b) => a - b);
  return starts.map((start) => scenarios.filter((s) => s.start === start));
}

async function play(script, { name, exec, iterations }, data) {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const user = () => use(script, exec, { scenario: name, data, iterations, counter });
  await Promise.all(Array.from({ length: USERS }, user));
}

// A virtual user from its start to its end.
function use(script, exec, more = {}) {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const sockets = new Map();
  const post = (message) => {
    ours.postMessage(message);
    Atomics.add(bell, 0, 1);
    Atomics.notify(bell, 0);
  };
  const serve = {
    metric: ({ name, type }) => metrics.set(name, type),
    http: async (requests, id) => post({ id, body: await sendAll(requests) }),
    connect: async (body, id) => {
      const { stream, ...answer } = await connect(body, (event) => post({ ...event, socket: id }));
      sockets.set(id, stream);
      post({ id, body: { ...answer, socket: id } });
    },
    send: ({ socket, text }) => say(sockets.get(socket), text),
    close: ({ socket }) => close(sockets.get(socket)),
  };
  const workerData = { script, exec, port: theirs, bell, ...more };
  const worker = new Worker(path.join(here, 'vu', 'worker.js'), { workerData, transferList: [theirs] });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    ours.on('message', ({ kind, id, body }) => {
      if (kind !== 'done') return serve[kind](body, id);
      samples.push(...body.samples);
      ours.close();
      if (body.error) reject(new Error(body.error));
      else resolve(body);
    });
  });
}

function report(thresholds) {
  const wrong = samples.filter((s) => s.metric === 'checks' && s.value === 0).map((s) => s.tags.check);
  for (const name of new Set(wrong)) console.log(`✗ ${name} (${wrong.filter((w) => w === name).length} times)`);
  let code = 0;
  for (const { selector, expression, passed, value } of judge(thresholds, metrics, samples)) {
    console.log(`${passed ? '✓' : '✗'} ${selector} ${expression}: ${value}`);
    if (!passed) code = THRESHOLD;
  }
  console.log(`${samples.filter((s) => s.metric === 'checks').length} checks`);
  return code;
}
