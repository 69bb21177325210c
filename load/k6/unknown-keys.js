// A flood of keys that are well-formed and nobody's: it costs those who have a key next to nothing, whether the gateway
// knows their key already or has to look it up. Past a budget (`Limits:RefusalsPerAddress`) guesses from one address are
// answered 429 instead of 401.
//
//   FLOOD 800 a second, RATE 50 a second with a good key, SECONDS 15 before the flood and 20 of it
//   VUS 50 and ten times as many at most
import http from 'k6/http';
import { check } from 'k6';
import exec from 'k6/execution';
import { Rate } from 'k6/metrics';
import { allowed, inForce, isRefusal, isUnknown, make, reading, revoking, send, tidyUp } from './calls.js';
import { madeUp } from './keys.js';
import { key, number, p95, p99 } from './settings.js';

// The account of `make run` has room for nine beside the first.
const COLD_KEYS = 8;

const rate = number('RATE', 50);
const seconds = number('SECONDS', 15);
const vus = number('VUS', 50);
const undecided = new Rate('flood_undecided');

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    quiet: steadily('valid', rate, 0, seconds),
    flood: steadily('flood', number('FLOOD', 800), seconds, 20),
    during: steadily('valid', rate, seconds, 20),
    cold: {
      executor: 'shared-iterations',
      exec: 'cold',
      startTime: `${seconds + 5}s`,
      vus: 2,
      iterations: COLD_KEYS,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{scenario:quiet}': [`p(95)<${p95}`],
    'http_req_duration{scenario:during}': [`p(95)<${p95}`, `p(99)<${p99}`],
    'http_req_duration{scenario:cold}': [`p(95)<${p99}`],
    // What cannot be looked up in time is no bad key, but also no answer.
    flood_undecided: ['rate<0.01'],
  },
};

/** @returns {import('./calls.js').MadeKey[]} keys that nobody has used yet */
export function setup() {
  tidyUp();
  return Array.from({ length: COLD_KEYS }, make);
}

export function valid() {
  allowed();
}

export function flood() {
  const { url, params } = reading(madeUp(key), { outcome: 'refused' }, 401, 429);
  const answer = http.get(url, params);
  const isUndecided = isRefusal(answer, 503, 'VERIFICATION_UNAVAILABLE');
  undecided.add(isUndecided);
  check(answer, { 'a made-up key is refused': (r) => isUndecided || isUnknown(r) });
}

/** @param {import('./calls.js').MadeKey[]} made */
export function cold(made) {
  allowed(made[exec.scenario.iterationInTest].secret);
}

/** @param {import('./calls.js').MadeKey[]} made */
export function teardown(made) {
  made.forEach((one) => inForce(send(revoking(one)), 'revoking'));
}

/**
 * @param {string} what is done
 * @param {number} rate
 * @param {number} start in seconds
 * @param {number} length in seconds
 * @returns {import('k6/options').Scenario}
 */
function steadily(what, rate, start, length) {
  return {
    executor: 'constant-arrival-rate',
    exec: what,
    startTime: `${start}s`,
    rate,
    timeUnit: '1s',
    duration: `${length}s`,
    preAllocatedVUs: vus,
    maxVUs: 10 * vus,
  };
}
