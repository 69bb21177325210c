// Keys are revoked while they are in use and while everybody else is busy. Requests that are sent together with the
// revocation may be answered either way or cut off; none that is sent after its receipt may be accepted.
//
//   RATE 200 requests a second beside it, SECONDS 40, VUS 2 who revoke; each keeps one key at a time
//   RECEIPT_MS 1000; the slowest that a twentieth of the receipts may be
import http from 'k6/http';
import { check } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import { allowed, field, inForce, isRefusal, make, reading, refused, revoking, send, tidyUp } from './calls.js';
import { number, p95 } from './settings.js';

// How many requests are under way with a key as it is revoked, and are sent after the receipt.
const AT_ONCE = 5;

const duration = `${number('SECONDS', 40)}s`;
const receipt = new Trend('receipt_ms', true);
const broken = new Counter('accepted_after_receipt');

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    traffic: {
      executor: 'constant-arrival-rate',
      exec: 'traffic',
      rate: number('RATE', 200),
      timeUnit: '1s',
      duration,
      preAllocatedVUs: 20,
      maxVUs: 200,
    },
    revocations: { executor: 'constant-vus', vus: number('VUS', 2), duration },
  },
  thresholds: {
    checks: ['rate==1'],
    accepted_after_receipt: ['count==0'],
    receipt_ms: [`p(95)<${number('RECEIPT_MS', 1000)}`],
    'http_req_duration{scenario:traffic}': [`p(95)<${p95}`],
  },
};

export function setup() {
  tidyUp();
}

export function traffic() {
  allowed();
}

export default function () {
  const made = make();
  if (!made.secret) return;
  allowed(made.secret);
  const reads = Array.from({ length: AT_ONCE }, () => reading(made.secret, { outcome: 'either' }));
  const [revoked, ...meanwhile] = http.batch([revoking(made), ...reads]);
  inForce(revoked, 'revoking under load');
  receipt.add(revoked.timings.duration);
  check(meanwhile, { 'what was under way is answered one way or the other': (all) => all.every(isEither) });
  const after = http.batch(Array.from({ length: AT_ONCE }, () => reading(made.secret, { outcome: 'refused' }, 401)));
  broken.add(field(revoked, 'data.propagation.complete') === true ? after.filter((r) => r.status === 200).length : 0);
  refused(made.secret, 'REVOKED_API_KEY');
  const again = send(revoking(made));
  check(again, { 'revoking again says the same': (r) => changeOf(r) > 0 && changeOf(r) === changeOf(revoked) });
}

// An answer that does not say its length is a stream, and is cut off with its key: k6 calls that status 0.
/** @param {import('k6/http').Response} answer */
function isEither(answer) {
  return answer.status === 200 || answer.status === 0 || isRefusal(answer, 401, 'REVOKED_API_KEY');
}

/** @param {import('k6/http').Response} answer */
function changeOf(answer) {
  return Number(field(answer, 'data.propagation.change'));
}
