// The same for a long time: what leaks, fills up or slows down shows in the end. Two minutes here are a try; hours are
// what it is for.
//
//   RATE 100 a second, MINUTES 2, VUS 20 and ten times as many at most
//   GROWTH_MB 200; how much the gateway's memory may grow after its first hundred requests
import http from 'k6/http';
import { check } from 'k6';
import { Trend } from 'k6/metrics';
import { allowed, isUnknown, reading } from './calls.js';
import { madeUp } from './keys.js';
import { key, number, p95, p99, required } from './settings.js';

const rate = number('RATE', 100);
const minutes = number('MINUTES', 2);
const vus = number('VUS', 20);
const metrics = `${required('OPS_URL')}/metrics`;
const memory = new Trend('gateway_growth_mb');

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${60 * minutes}s`,
      preAllocatedVUs: vus,
      maxVUs: 10 * vus,
    },
    // Most of what wants to be forgotten again comes from those who guess.
    guesses: {
      executor: 'constant-arrival-rate',
      exec: 'guess',
      rate: Math.max(1, Math.round(rate / 10)),
      timeUnit: '1s',
      duration: `${60 * minutes}s`,
      preAllocatedVUs: vus,
      maxVUs: 10 * vus,
    },
    growth: { executor: 'shared-iterations', exec: 'grown', startTime: `${60 * minutes}s`, vus: 1, iterations: 1 },
  },
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{outcome:allowed}': [`p(95)<${p95}`, `p(99)<${p99}`],
    gateway_growth_mb: [`max<${number('GROWTH_MB', 200)}`],
  },
};

/** @returns {{ before: number }} the gateway's memory once it has served a little, in bytes */
export function setup() {
  for (let i = 0; i < 100; i++) allowed();
  return { before: residentBytes() };
}

export default function () {
  allowed();
}

export function guess() {
  const { url, params } = reading(madeUp(key), { outcome: 'refused' }, 401, 429);
  check(http.get(url, params), { 'a guess is refused': isUnknown });
}

/** @param {{ before: number }} data */
export function grown(data) {
  memory.add((residentBytes() - data.before) / 1e6);
}

/** @returns {number} the gateway's working set */
function residentBytes() {
  const text = String(http.get(metrics, { tags: { outcome: 'metrics' } }).body);
  const line = /^dotnet_process_memory_working_set_bytes(?:\{[^}]*\})? (\S+)/m.exec(text);
  if (!line) throw new Error('the gateway does not say how much memory it has');
  return Number(line[1]);
}
