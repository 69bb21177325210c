// The same number of requests every second, however long each takes: what many bots are, who do not wait for each other.
//
//   RATE 200 a second, SECONDS 60, VUS 20 at first and ten times as many at most
import { allowed } from './calls.js';
import { number, p95, p99 } from './settings.js';

const rate = number('RATE', 200);
const seconds = number('SECONDS', 60);
const vus = number('VUS', 20);

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: vus,
      maxVUs: 10 * vus,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    http_req_duration: [`p(95)<${p95}`, `p(99)<${p99}`],
    // What could not even be sent was not served either.
    dropped_iterations: [`count<=${Math.ceil((rate * seconds) / 1000)}`],
  },
};

export default function () {
  allowed();
}
