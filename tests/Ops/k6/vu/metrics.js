// k6/metrics: kept by the runner, which has to hear of each so that a threshold on none of them is found out.
import { measure, tell } from './bridge.js';

function kind(type) {
  return class {
    constructor(name) {
      this.name = name;
      tell('metric', { name, type });
    }

    add(value, tags) {
      measure(this.name, value, tags);
    }
  };
}

export const Counter = kind('counter');
export const Gauge = kind('gauge');
export const Rate = kind('rate');
export const Trend = kind('trend');
