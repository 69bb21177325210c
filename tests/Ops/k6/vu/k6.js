// k6: as far as the scripts use it.
import { measure, rest } from './bridge.js';

// Long enough for others to get their turn.
const MAX_SLEEP_MS = 50;

export function check(value, checks, tags = {}) {
  let all = true;
  for (const [name, isRight] of Object.entries(checks)) {
    const passed = Boolean(isRight(value));
    measure('checks', passed, { ...tags, check: name });
    all &&= passed;
  }
  return all;
}

export function sleep(seconds) {
  rest(Math.min(seconds * 1000, MAX_SLEEP_MS));
}
