// Whether what was measured is what a script demands. A threshold that nothing was measured for fails here, although k6
// lets it pass: a threshold that says nothing is a mistake in the script.

const BUILT_IN = {
  checks: 'rate',
  dropped_iterations: 'counter',
  http_req_duration: 'trend',
  http_req_failed: 'rate',
  http_reqs: 'counter',
  iterations: 'counter',
  ws_connecting: 'trend',
  ws_msgs_received: 'counter',
  ws_msgs_sent: 'counter',
  ws_session_duration: 'trend',
  ws_sessions: 'counter',
};

const COMPARE = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '===': (a, b) => a === b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** Yields what each threshold comes to. */
export function* judge(thresholds, own, samples) {
  for (const [selector, expressions] of Object.entries(thresholds)) {
    const [, name, filter] = /^(\w+)(?:\{(.*)\})?$/.exec(selector) ?? [];
    const type = BUILT_IN[name] ?? own.get(name);
    if (!type) throw new Error(`there is no metric for the threshold ${selector}`);
    const wanted = (filter ?? '').split(',').filter(Boolean).map((pair) => pair.split(':'));
    const values = samples
      .filter((s) => s.metric === name && wanted.every(([tag, value]) => s.tags[tag] === value))
      .map((s) => s.value);
    for (const expression of expressions) yield { selector, expression, ...outcome(type, values, expression) };
  }
}

function outcome(type, values, expression) {
  const [, what, operator, bound] = /^([\w().]+)\s*(<=|>=|===?|<|>)\s*(-?[\d.]+)$/.exec(expression) ?? [];
  if (!what) throw new Error(`the threshold ${expression} cannot be read`);
  if (values.length === 0 && type !== 'counter') return { passed: false, value: 'nothing was measured' };
  const value = aggregate(type, values, what);
  return { passed: COMPARE[operator](value, Number(bound)), value };
}

function aggregate(type, values, what) {
  const sum = values.reduce((a, b) => a + b, 0);
  const sorted = [...values].sort((a, b) => a - b);
  const methods = {
    counter: { count: () => sum },
    gauge: { value: () => values.at(-1) },
    rate: { rate: () => sum / values.length },
    trend: {
      avg: () => sum / values.length,
      max: () => sorted.at(-1),
      med: () => percentile(sorted, 50),
      min: () => sorted[0],
    },
  };
  const [, share] = /^p\(([\d.]+)\)$/.exec(what) ?? [];
  if (type === 'trend' && share) return percentile(sorted, Number(share));
  const method = methods[type][what];
  if (!method) throw new Error(`a ${type} has no ${what}`);
  return method();
}

function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)];
}
