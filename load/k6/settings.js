// What every script here takes from outside, so that none has to be edited. A value comes from the environment, else from
// the file that `make run` leaves while it runs: with it running, nothing has to be stated. A secret belongs in either,
// never on a command line, which every user of the machine can read.
//
//   RUN_FILE        data/run.env of this clone; NAME=VALUE lines
//   BASE_URL        where the gateway listens
//   ADMIN_URL       where the admin API listens                             cold-keys
//   OPS_URL         where the gateway's metrics are                         soak
//   KEY             a key that works: role api_admin, of an account with room for a few more
//   OPERATOR_TOKEN  an operator of the admin API                            cold-keys
//   REQUEST_PATH    /v1/tokens; a path that the key may read
//   SOCKET_PATH     /ws; a WebSocket that echoes, for any key               websocket
//   P95_MS, P99_MS  the slowest that a twentieth and a hundredth of the allowed requests may be. Generous unless stated,
//                   so that they hold on a laptop: figures are taken elsewhere, with a machine to themselves
//
// What else a script takes, how much of everything above all, is at its own head.

const file = read(__ENV.RUN_FILE || '../../data/run.env');

/** Where the gateway listens. */
export const baseUrl = required('BASE_URL');

/** A key that works. */
export const key = required('KEY');

/** A path that the key may read; that of the sample routes unless stated. */
export const path = __ENV.REQUEST_PATH || '/v1/tokens';

/** The slowest, in milliseconds, that a twentieth of the allowed requests may be. */
export const p95 = number('P95_MS', 250);

/** The slowest, in milliseconds, that a hundredth of the allowed requests may be. */
export const p99 = number('P99_MS', 1000);

/**
 * @param {string} name of a setting
 * @returns {string} its value; without one the script stops before it sends anything
 */
export function required(name) {
  const value = __ENV[name] || file[name];
  if (!value) throw new Error(`${name} is missing: start "make run", or set it in the environment`);
  return value;
}

/**
 * @param {string} name of a setting
 * @param {number} fallback when it is absent
 * @returns {number} its value, above zero
 */
export function number(name, fallback) {
  const value = Number(__ENV[name] || fallback);
  if (!(value > 0)) throw new Error(`${name} is not a number above zero`);
  return value;
}

/**
 * @param {string} name of a file; what is relative is so to this folder
 * @returns {Record<string, string>} its lines; none when it is not there
 */
function read(name) {
  let text = '';
  try {
    text = open(name);
  } catch {
    // Then everything has to come from the environment, and what does not is complained of by name.
  }
  const pairs = text.split('\n').map((line) => line.split('='));
  return Object.fromEntries(pairs.map(([first, ...rest]) => [first, rest.join('=')]));
}
