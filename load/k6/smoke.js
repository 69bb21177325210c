// Is everything there and does it say the right thing? A few callers, some seconds, every answer checked.
//
//   VUS 2, SECONDS 10
import http from 'k6/http';
import { check } from 'k6';
import { bearer, field } from './calls.js';
import { madeUp, mistyped } from './keys.js';
import { baseUrl, key, number, p95, path } from './settings.js';

/** @type {import('k6/options').Options} */
export const options = {
  vus: number('VUS', 2),
  duration: `${number('SECONDS', 10)}s`,
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{outcome:allowed}': [`p(95)<${p95}`],
  },
};

// A refusal is an expected answer here; the checks tell right from wrong.
http.setResponseCallback(http.expectedStatuses(200, 400, 401, 404));

export default function () {
  good();
  refused('UNAUTHORIZED', 401, path, {});
  refused('INVALID_API_KEY', 401, path, bearer(mistyped(key)));
  refused('INVALID_API_KEY', 401, path, bearer(madeUp(key)));
  refused('NO_ROUTE', 404, '/no-such-route-in-the-smoke-test', bearer(key));
  refused('BAD_REQUEST', 400, `${path}?api_key=x`, {});
}

function good() {
  const answer = http.get(baseUrl + path, { headers: bearer(key), tags: { outcome: 'allowed' } });
  check(answer, {
    'a good key is answered 200': (r) => r.status === 200,
    'the key did not come back': (r) => typeof r.body !== 'string' || !r.body.includes(key),
  });
}

/**
 * @param {string} code that the refusal must carry
 * @param {number} status
 * @param {string} target
 * @param {Record<string, string>} headers
 */
function refused(code, status, target, headers) {
  const answer = http.get(baseUrl + target, { headers, tags: { outcome: 'refused' } });
  check(answer, {
    [`${code} is ${status}`]: (r) => r.status === status,
    [`${code} is in the body`]: (r) => field(r, 'error.code') === code,
    [`${code} is not cached`]: (r) => r.headers['Cache-Control'] === 'no-store',
  });
}
