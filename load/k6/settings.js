// What every script here reads from the environment, so that none has to be edited.

/** Where the gateway listens. */
export const baseUrl = __ENV.BASE_URL || 'http://localhost:8080';

/** A key that works, as `make run` prints it. */
export const key = required('KEY');

/** A path that the key may read; that of the sample routes unless stated. */
export const path = __ENV.REQUEST_PATH || '/v1/tokens';

/**
 * @param {string} name of an environment variable
 * @returns {string} its value; without one the script stops before it sends anything
 */
export function required(name) {
  const value = __ENV[name];
  if (!value) throw new Error(`set ${name}: k6 run -e ${name}=... ${name === 'KEY' ? '("make run" prints a key)' : ''}`);
  return value;
}

/**
 * @param {string} name of an environment variable
 * @param {number} fallback when it is absent
 * @returns {number} its value, above zero
 */
export function number(name, fallback) {
  const value = Number(__ENV[name] || fallback);
  if (!(value > 0)) throw new Error(`${name} is not a number above zero`);
  return value;
}
