// Calls that several scripts make, and what they check of the answers.
import http from 'k6/http';
import { check } from 'k6';
import { baseUrl, key, path } from './settings.js';

/** What a made key may be called; its revocation is confirmed with it. */
const NAME = 'made by k6';

/** Answers that an administrator of keys gets as they should be. */
const done = http.expectedStatuses(200, 201);

/**
 * @typedef {import('k6/http').Response} Answer
 * @typedef {{ id: string, secret: string }} MadeKey
 */

/**
 * @param {string} secret
 * @returns {Record<string, string>} the header that presents it
 */
export function bearer(secret) {
  return { Authorization: `Bearer ${secret}` };
}

/**
 * A read through the gateway, as a request that can also go into a batch.
 * @param {string} secret
 * @param {Record<string, string>} [tags]
 * @param {number[]} expected statuses that are no failure; 200 when none is given
 * @returns {import('k6/http').ObjectBatchRequest}
 */
export function reading(secret, tags = {}, ...expected) {
  const statuses = expected.length > 0 ? expected : [200];
  const params = { headers: bearer(secret), tags, responseCallback: http.expectedStatuses(...statuses) };
  return { method: 'GET', url: baseUrl + path, params };
}

/**
 * Reads with a key that is good, and checks that it was let through.
 * @param {string} [secret]
 * @param {Record<string, string>} [tags]
 */
export function allowed(secret = key, tags = {}) {
  const { url, params } = reading(secret, { outcome: 'allowed', ...tags });
  check(http.get(url, params), { 'a good key is answered 200': (r) => r.status === 200 });
}

/**
 * Reads with a key that is not, and checks that the refusal is the right one.
 * @param {string} secret
 * @param {string} code
 */
export function refused(secret, code) {
  const { url, params } = reading(secret, { outcome: 'refused' }, 401);
  check(http.get(url, params), { [`the key is refused with ${code}`]: (r) => isRefusal(r, 401, code) });
}

/**
 * @param {Answer} answer
 * @param {number} status
 * @param {string} code
 * @returns {boolean} whether it is that refusal
 */
export function isRefusal(answer, status, code) {
  return answer.status === status && field(answer, 'error.code') === code;
}

/**
 * @param {Answer} answer
 * @returns {boolean} whether it says that the key is unknown, or that this address has asked with too many of those
 */
export function isUnknown(answer) {
  return isRefusal(answer, 401, 'INVALID_API_KEY') || isRefusal(answer, 429, 'RATE_LIMITED');
}

/**
 * @param {Answer} answer
 * @param {string} selector of a field, with dots
 * @returns {any} the field; null when the body is not JSON
 */
export function field(answer, selector) {
  try {
    return answer.json(selector);
  } catch {
    return null;
  }
}

/**
 * Manages keys as a customer does: through the gateway, with a key.
 * @param {string} method
 * @param {string} rest of the path below the keys
 * @param {string} name of the call, the same for all keys
 * @param {object} [body]
 * @returns {import('k6/http').ObjectBatchRequest}
 */
export function managing(method, rest, name, body) {
  const params = {
    headers: { ...bearer(key), 'Content-Type': 'application/json' },
    tags: { outcome: 'managed', name: `/v1/api-keys${name}` },
    responseCallback: done,
  };
  return { method, url: `${baseUrl}/v1/api-keys${rest}`, body: body ? JSON.stringify(body) : null, params };
}

/**
 * @param {import('k6/http').ObjectBatchRequest} request
 * @returns {Answer}
 */
export function send(request) {
  return http.request(request.method, request.url, request.body, request.params);
}

/**
 * Makes a key that may read, for `revoking` to end.
 * @returns {MadeKey}
 */
export function make() {
  const asked = { name: NAME, role: 'api_developer', environment: 'sandbox', walletScope: 'all' };
  const answer = send(managing('POST', '', '', asked));
  check(answer, { 'a key is made': (r) => r.status === 201 });
  return { id: field(answer, 'data.apiKey.id'), secret: field(answer, 'data.apiKey.key') };
}

/** Ends what a run before this one has left, so that there is room. One script at a time has an account to itself. */
export function tidyUp() {
  for (const status of ['active', 'disabled']) {
    const left = field(send(managing('GET', `?limit=100&status=${status}`, '')), 'data.apiKeys') || [];
    for (const { id, name } of left) if (name === NAME) send(revoking({ id, secret: '' }));
  }
}

/**
 * @param {MadeKey} made
 * @returns {import('k6/http').ObjectBatchRequest} the call that ends it
 */
export function revoking(made) {
  return managing('POST', `/${made.id}/revoke`, '/{id}/revoke', { confirmation: NAME });
}

/**
 * Checks that a change is in force at every gateway.
 * @param {Answer} answer
 * @param {string} what was done
 */
export function inForce(answer, what) {
  check(answer, {
    [`${what} succeeds`]: (r) => r.status === 200 || r.status === 201,
    [`${what} has a complete receipt`]: (r) => field(r, 'data.propagation.complete') === true,
  });
}
