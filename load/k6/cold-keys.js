// Keys that the gateway has not seen yet: the first request with each costs a look-up in the store, the second does not.
//
//   ACCOUNTS 10, with ten keys each; VUS 5
import http from 'k6/http';
import { check } from 'k6';
import exec from 'k6/execution';
import { allowed, bearer, field } from './calls.js';
import { number, p95, required } from './settings.js';

// As many as an account may have by default.
const KEYS_AN_ACCOUNT = 10;

const adminUrl = required('ADMIN_URL');
const operator = required('OPERATOR_TOKEN');
const accounts = number('ACCOUNTS', 10);

/** @type {import('k6/options').Options} */
export const options = {
  setupTimeout: '300s',
  teardownTimeout: '300s',
  scenarios: {
    cold: {
      executor: 'shared-iterations',
      vus: number('VUS', 5),
      iterations: accounts * KEYS_AN_ACCOUNT,
      maxDuration: '300s',
    },
  },
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{use:first}': [`p(95)<${p95}`],
    'http_req_duration{use:again}': [`p(95)<${p95}`],
  },
};

/**
 * @typedef {{ id: string, name: string }} Account
 * @returns {{ made: Account[], secrets: string[] }} accounts and their keys
 */
export function setup() {
  const made = [];
  const secrets = [];
  for (let i = 0; i < accounts; i++) {
    const name = `k6 cold keys ${Date.now()}-${i}`;
    const answer = ask('/v1/accounts', { name, apiKeysEnabled: true });
    check(answer, { 'an account is made': (r) => r.status === 201 });
    const account = { id: field(answer, 'data.account.id'), name };
    made.push(account);
    for (let j = 0; j < KEYS_AN_ACCOUNT; j++) secrets.push(keyOf(account));
  }
  return { made, secrets };
}

/** @param {{ secrets: string[] }} data */
export default function (data) {
  const secret = data.secrets[exec.scenario.iterationInTest];
  allowed(secret, { use: 'first' });
  allowed(secret, { use: 'again' });
}

/** @param {{ made: Account[] }} data */
export function teardown(data) {
  for (const account of data.made) {
    const answer = ask(`/v1/accounts/${account.id}/api-keys/revoke-all`, { confirmation: account.name });
    check(answer, { 'the keys are revoked again': (r) => r.status === 200 });
  }
}

/**
 * @param {Account} account
 * @returns {string} the secret of another key
 */
function keyOf(account) {
  const asked = { name: 'a cold key', role: 'api_readonly', environment: 'sandbox', walletScope: 'all' };
  const answer = ask(`/v1/accounts/${account.id}/api-keys`, asked);
  check(answer, { 'a key is made': (r) => r.status === 201 });
  return field(answer, 'data.apiKey.key');
}

/**
 * @param {string} path
 * @param {object} body
 */
function ask(path, body) {
  const headers = { ...bearer(operator), 'Content-Type': 'application/json' };
  const tags = { outcome: 'managed', name: 'admin API' };
  return http.post(adminUrl + path, JSON.stringify(body), { headers, tags });
}
