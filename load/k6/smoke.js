// Is everything there and does it say the right thing? A few callers, half a minute, every answer checked.
//
//   k6 run -e KEY=sk_test_... load/k6/smoke.js
//
//   BASE_URL      http://localhost:8080
//   REQUEST_PATH  /v1/tokens; a path the key may read
//   VUS           2; callers at a time
//   SECONDS       10
//   P95_MS        250; the slowest a twentieth of the allowed requests may be; generous, as this is no measurement
import http from 'k6/http';
import { check } from 'k6';
import { baseUrl, key, number, path } from './settings.js';

/** @type {import('k6/options').Options} */
export const options = {
  vus: number('VUS', 2),
  duration: `${number('SECONDS', 10)}s`,
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{outcome:allowed}': [`p(95)<${number('P95_MS', 250)}`],
  },
};

// A refusal is an expected answer here; the checks tell right from wrong.
http.setResponseCallback(http.expectedStatuses(200, 400, 401, 404));

export default function () {
  allowed();
  refused('UNAUTHORIZED', 401, path, {});
  refused('INVALID_API_KEY', 401, path, { Authorization: `Bearer ${mistyped(key)}` });
  refused('NO_ROUTE', 404, '/no-such-route-in-the-smoke-test', { Authorization: `Bearer ${key}` });
  refused('BAD_REQUEST', 400, `${path}?api_key=x`, {});
}

function allowed() {
  const answer = http.get(baseUrl + path, {
    headers: { Authorization: `Bearer ${key}` },
    tags: { outcome: 'allowed' },
  });
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
    [`${code} is in the body`]: (r) => codeOf(r) === code,
    [`${code} is not cached`]: (r) => r.headers['Cache-Control'] === 'no-store',
  });
}

/**
 * @param {string} good
 * @returns {string} the key with its last character changed, so that its checksum is wrong
 */
function mistyped(good) {
  return good.slice(0, -1) + (good.endsWith('0') ? '1' : '0');
}

/**
 * @param {import('k6/http').Response} answer
 * @returns {unknown} the stable code of a refusal; null when the body is no problem document
 */
function codeOf(answer) {
  try {
    return answer.json('error.code');
  } catch {
    return null;
  }
}
