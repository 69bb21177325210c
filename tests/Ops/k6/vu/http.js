// k6/http: as far as the scripts use it.
import { ask, measure } from './bridge.js';

let expected = expectedStatuses({ min: 200, max: 399 });

function request(method, url, body = null, params = {}) {
  return batch([{ method, url, body, params }])[0];
}

function batch(requests) {
  const wanted = requests.map(({ method, url, body, params }) => {
    refuseSecrets(url);
    return { method, url, body, headers: params?.headers ?? {} };
  });
  return ask('http', wanted).map((answer, i) => {
    const { method, url, params } = requests[i];
    const tags = { method, name: url, status: `${answer.status}`, ...params?.tags };
    measure('http_reqs', 1, tags);
    measure('http_req_duration', answer.duration, tags);
    measure('http_req_failed', !(params?.responseCallback ?? expected)(answer.status), tags);
    return new Response(url, answer);
  });
}

class Response {
  constructor(url, { status, headers, body, duration, error }) {
    Object.assign(this, { url, status, headers, body, error, timings: { duration } });
  }

  json(selector) {
    const whole = JSON.parse(this.body);
    return selector ? selector.split('.').reduce((value, name) => value?.[name], whole) : whole;
  }
}

function expectedStatuses(...statuses) {
  return (status) => statuses.some((s) => (typeof s === 'number' ? s === status : s.min <= status && status <= s.max));
}

// An address ends up in logs, here and everywhere else.
function refuseSecrets(url) {
  if (/_[0-9A-Za-z]{38}/.test(url)) throw new Error('a key is in an address');
}

const withBody = (method) => (url, body, params) => request(method, url, body, params);

export default {
  batch,
  expectedStatuses,
  request,
  get: (url, params) => request('GET', url, null, params),
  post: withBody('POST'),
  setResponseCallback: (callback) => {
    expected = callback;
  },
};
