// Calm, all at once far more than usual, calm again. Under the spike requests may take their time; none may be refused
// for its key, few may fail, and afterwards everything is as it was.
//
//   RATE 50 a second in the calm, PEAK 1000 at the top, SECONDS 15 of each of the three, VUS 50 and ten times as many
import http from 'k6/http';
import { check } from 'k6';
import { allowed, reading } from './calls.js';
import { key, number, p95 } from './settings.js';

const rate = number('RATE', 50);
const peak = number('PEAK', 1000);
const seconds = number('SECONDS', 15);
const vus = number('VUS', 50);

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    before: calm(0),
    spike: {
      executor: 'ramping-arrival-rate',
      exec: 'pressed',
      startTime: `${seconds}s`,
      startRate: rate,
      timeUnit: '1s',
      stages: [
        { duration: '3s', target: peak },
        { duration: `${seconds}s`, target: peak },
        { duration: '3s', target: rate },
      ],
      preAllocatedVUs: vus,
      maxVUs: 10 * vus,
    },
    after: calm(2 * seconds + 6),
  },
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{scenario:before}': [`p(95)<${p95}`],
    'http_req_duration{scenario:after}': [`p(95)<${p95}`],
    'http_req_failed{scenario:spike}': ['rate<0.01'],
  },
};

export default function () {
  allowed();
}

export function pressed() {
  const { url, params } = reading(key);
  check(http.get(url, params), { 'nobody is refused under pressure': (r) => r.status < 400 || r.status >= 500 });
}

/**
 * @param {number} start in seconds
 * @returns {import('k6/options').Scenario}
 */
function calm(start) {
  return {
    executor: 'constant-arrival-rate',
    startTime: `${start}s`,
    rate,
    timeUnit: '1s',
    duration: `${seconds}s`,
    preAllocatedVUs: vus,
    maxVUs: 10 * vus,
  };
}
