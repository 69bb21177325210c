// WebSockets: they open for a good key, carry what is sent, do not open for a bad one, and end with the key they were
// opened with.
//
//   VUS 5 who talk, SECONDS 30, MESSAGES 20 on each socket
//   CUT_MS 1000; the slowest that a twentieth of the sockets may end after the receipt of the revocation
import http from 'k6/http';
import { check } from 'k6';
import { Trend } from 'k6/metrics';
import ws from 'k6/ws';
import { bearer, inForce, isRefusal, make, revoking, send, tidyUp } from './calls.js';
import { mistyped } from './keys.js';
import { baseUrl, key, number, p95 } from './settings.js';

// A socket that has not done what it is for by then is closed, and the checks say so.
const PATIENCE_MS = 10000;

const path = __ENV.SOCKET_PATH || '/ws';
const url = baseUrl.replace(/^http/, 'ws') + path;
const messages = number('MESSAGES', 20);
const duration = `${number('SECONDS', 30)}s`;
const roundTrip = new Trend('round_trip_ms', true);
const cut = new Trend('cut_after_receipt_ms', true);

/** @type {import('k6/options').Options} */
export const options = {
  scenarios: {
    talk: { executor: 'constant-vus', vus: number('VUS', 5), duration },
    revocations: { executor: 'constant-vus', exec: 'revoked', vus: 1, duration },
  },
  thresholds: {
    checks: ['rate==1'],
    ws_connecting: [`p(95)<${p95}`],
    round_trip_ms: [`p(95)<${p95}`],
    cut_after_receipt_ms: [`p(95)<${number('CUT_MS', 1000)}`],
  },
};

export function setup() {
  tidyUp();
}

export default function () {
  let echoed = 0;
  let sent = 0;
  const answer = ws.connect(url, { headers: bearer(key) }, (socket) => {
    const say = () => {
      sent = Date.now();
      socket.send(`message ${echoed}`);
    };
    socket.on('open', say);
    socket.on('message', (text) => {
      roundTrip.add(Date.now() - sent);
      check(text, { 'what was sent comes back': (t) => t === `message ${echoed}` });
      echoed++;
      if (echoed < messages) say();
      else socket.close();
    });
    socket.setTimeout(() => socket.close(), PATIENCE_MS);
  });
  check(answer, {
    'a good key opens a socket': (r) => r && r.status === 101,
    'all that was sent came back': () => echoed === messages,
  });
  refused(mistyped(key));
}

/** @param {string} secret that opens nothing */
function refused(secret) {
  const headers = bearer(secret);
  let isOpen = false;
  try {
    ws.connect(url, { headers }, (socket) => {
      socket.on('open', () => {
        isOpen = true;
        socket.close();
      });
    });
  } catch {
    // Whether a handshake that fails is an exception depends on the version of k6.
  }
  const answer = http.get(baseUrl + path, { headers, responseCallback: http.expectedStatuses(401) });
  check(answer, {
    'a bad key opens no socket': () => !isOpen,
    'a bad key is refused there': (r) => isRefusal(r, 401, 'INVALID_API_KEY'),
  });
}

export function revoked() {
  const made = make();
  if (!made.secret) return;
  let receipt = 0;
  let isCut = false;
  let isLate = false;
  ws.connect(url, { headers: bearer(made.secret) }, (socket) => {
    socket.on('open', () => socket.send('first'));
    socket.on('message', () => {
      inForce(send(revoking(made)), 'revoking the key of a socket');
      receipt = Date.now();
    });
    socket.on('close', () => {
      // The gateway closes it before the receipt is given; here it is noticed afterwards.
      isCut = receipt > 0 && !isLate;
      if (isCut) cut.add(Date.now() - receipt);
    });
    socket.setTimeout(() => {
      isLate = true;
      socket.close();
    }, PATIENCE_MS);
  });
  check(isCut, { 'a socket ends with its key': (c) => c });
}
