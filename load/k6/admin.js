// A key's life, as its owner leads it through the gateway: made, used, listed, changed, switched off and on, rotated,
// revoked. After each step a request says whether it is in force.
//
//   VUS 2, each of which has two keys at a time; SECONDS 30
//   CHANGE_MS 1000; the slowest that a twentieth of the calls may be
import http from 'k6/http';
import { check } from 'k6';
import { allowed, field, inForce, isRefusal, make, managing, refused, revoking, send, tidyUp } from './calls.js';
import { number } from './settings.js';

/** @type {import('k6/options').Options} */
export const options = {
  vus: number('VUS', 2),
  duration: `${number('SECONDS', 30)}s`,
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{outcome:managed}': [`p(95)<${number('CHANGE_MS', 1000)}`],
  },
};

export function setup() {
  tidyUp();
}

export default function () {
  const made = make();
  if (!made.secret) return;
  allowed(made.secret);
  listed(made);
  changed(made);
  switched(made);
  const next = rotated(made);
  if (next.secret) ended(next, 'revoking the successor');
  ended(made, 'revoking');
}

/** @param {import('./calls.js').MadeKey} made */
function listed(made) {
  const list = send(managing('GET', '?limit=100&status=active', ''));
  check(list, {
    'the list has it': (r) => idsOf(r).includes(made.id),
    'the list has no secret': (r) => typeof r.body === 'string' && !r.body.includes(made.secret),
  });
}

/** @param {import('./calls.js').MadeKey} made */
function changed(made) {
  const before = send(managing('GET', `/${made.id}`, '/{id}'));
  check(before, { 'it can be read': (r) => field(r, 'data.apiKey.status') === 'active' });
  const change = managing('PATCH', `/${made.id}`, '/{id}', { description: 'Changed by k6.' });
  const etag = before.headers['Etag'] || '';
  const headers = { ...change.params?.headers, 'If-Match': etag };
  const expected = http.expectedStatuses(200, 412);
  const careful = { ...change, params: { ...change.params, headers, responseCallback: expected } };
  inForce(send(careful), 'changing it');
  check(send(careful), { 'a stale change is refused': (r) => r.status === 412 });
}

/** @param {import('./calls.js').MadeKey} made */
function switched(made) {
  inForce(send(managing('POST', `/${made.id}/disable`, '/{id}/disable')), 'switching it off');
  refused(made.secret, 'DISABLED_API_KEY');
  inForce(send(managing('POST', `/${made.id}/enable`, '/{id}/enable')), 'switching it on');
  allowed(made.secret);
}

/**
 * @param {import('./calls.js').MadeKey} made
 * @returns {import('./calls.js').MadeKey} its successor
 */
function rotated(made) {
  const answer = send(managing('POST', `/${made.id}/rotate`, '/{id}/rotate', { gracePeriodHours: 1 }));
  inForce(answer, 'rotating it');
  const next = { id: field(answer, 'data.apiKey.id'), secret: field(answer, 'data.apiKey.key') };
  if (next.secret) allowed(next.secret);
  allowed(made.secret);
  return next;
}

/**
 * @param {import('./calls.js').MadeKey} made
 * @param {string} what this is called
 */
function ended(made, what) {
  const wrong = managing('POST', `/${made.id}/revoke`, '/{id}/revoke', { confirmation: 'something else' });
  const params = { ...wrong.params, responseCallback: http.expectedStatuses(400) };
  check(send({ ...wrong, params }), {
    'a revocation needs the name': (r) => isRefusal(r, 400, 'CONFIRMATION_MISMATCH'),
  });
  inForce(send(revoking(made)), what);
  refused(made.secret, 'REVOKED_API_KEY');
}

/**
 * @param {import('k6/http').Response} list
 * @returns {string[]}
 */
function idsOf(list) {
  const keys = field(list, 'data.apiKeys');
  return Array.isArray(keys) ? keys.map((k) => k.id) : [];
}
