// What virtual users have done beside them: requests, and WebSockets (RFC 6455) as far as they go for text.
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const [TEXT, CLOSE] = [1, 8];

const agent = new http.Agent({ keepAlive: true });

/** Sends requests at once. */
export function sendAll(requests) {
  return Promise.all(requests.map(sendOne));
}

function sendOne({ method, url, headers, body }) {
  const began = performance.now();
  return new Promise((resolve) => {
    const failed = (error) =>
      resolve({ status: 0, headers: {}, body: null, error: error.message, duration: performance.now() - began });
    const request = http.request(url, { method, headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', failed);
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: canonical(response.headers),
          body: Buffer.concat(parts).toString(),
          error: '',
          duration: performance.now() - began,
        }),
      );
    });
    request.on('error', failed);
    request.end(body ?? undefined);
  });
}

/** Opens a socket; what happens on it goes to `happens`. */
export function connect({ url, headers }, happens) {
  const nonce = randomBytes(16).toString('base64');
  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
  const request = http.request(url.replace(/^ws/, 'http'), {
    headers: { ...headers, ...upgrade, 'Sec-WebSocket-Key': nonce },
  });
  return new Promise((resolve) => {
    request.on('error', (error) => resolve({ status: 0, headers: {}, error: error.message }));
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: canonical(response.headers), error: 'refused' });
    });
    request.on('upgrade', (response, stream, head) => {
      const accept = createHash('sha1').update(nonce + GUID).digest('base64');
      if (response.headers['sec-websocket-accept'] !== accept) throw new Error('that is no WebSocket');
      resolve({ status: 101, headers: canonical(response.headers), error: '', stream });
      listen(stream, head, happens);
    });
    request.end();
  });
}

/** Sends a text, or ends a socket. */
export function say(stream, text) {
  stream.write(frame(TEXT, Buffer.from(text)));
}

/** Ends a socket. */
export function close(stream) {
  stream.end(frame(CLOSE, Buffer.from([1001 >> 8, 1001 & 255])));
}

function listen(stream, head, happens) {
  let buffer = head;
  const read = (part) => {
    buffer = Buffer.concat([buffer, part]);
    for (let length; (length = whole(buffer)) > 0; buffer = buffer.subarray(length)) {
      const opcode = buffer[0] & 15;
      if (opcode === CLOSE) stream.destroy();
      else if (opcode === TEXT) happens({ kind: 'message', text: buffer.subarray(headerOf(buffer), length).toString() });
    }
  };
  stream.on('data', read);
  stream.on('error', () => {});
  stream.on('close', () => happens({ kind: 'end' }));
  read(Buffer.alloc(0));
}

// Short frames are all there is here: their length is in the second byte, and servers do not mask.
function headerOf(buffer) {
  if ((buffer[1] & 127) > 125) throw new Error('a frame is longer than the tests send');
  return 2;
}

function whole(buffer) {
  if (buffer.length < 2) return 0;
  const length = headerOf(buffer) + (buffer[1] & 127);
  return buffer.length < length ? 0 : length;
}

function frame(opcode, payload) {
  const mask = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ mask[i % 4]);
  return Buffer.concat([Buffer.from([128 | opcode, 128 | payload.length]), mask, masked]);
}

function canonical(headers) {
  const names = Object.entries(headers);
  return Object.fromEntries(
    names.map(([name, value]) => [name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase()), String(value)]),
  );
}
