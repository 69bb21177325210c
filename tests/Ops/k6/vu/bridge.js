// A script's calls are synchronous, as they are in k6: this thread stands still until the thread beside it, which does the
// work, has an answer.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';

const { port, bell } = workerData;
const events = [];
let asked = 0;

/** What this thread has measured. */
export const samples = [];

/** Tags of everything it measures. */
export const tags = { scenario: workerData.scenario };

/** Has something done, and waits until it is. */
export function ask(kind, body) {
  const id = ++asked;
  port.postMessage({ kind, id, body });
  for (;;) {
    const message = next();
    if (message?.id === id) return message.body;
    if (message) events.push(message);
  }
}

/** Has something done. */
export function tell(kind, body) {
  port.postMessage({ kind, body });
}

/** The next thing that has happened; undefined when nothing has within so many milliseconds. */
export function event(within) {
  return events.shift() ?? next(within);
}

/** Keeps a measurement. */
export function measure(metric, value, more = {}) {
  samples.push({ metric, value: Number(value), tags: { ...tags, ...more } });
}

/** Stands still. */
export function rest(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function next(within) {
  // The bell is read before the box, so that what comes between is not slept through.
  const rung = Atomics.load(bell, 0);
  const there = receiveMessageOnPort(port);
  if (there) return there.message;
  Atomics.wait(bell, 0, rung, within);
  return receiveMessageOnPort(port)?.message;
}
