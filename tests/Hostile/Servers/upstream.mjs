// A Node server that does what applications do to a path: it parses the address, decodes, turns backslashes, resolves dots
// and compares without case. It believes every header in which frameworks look for another path or method, and its parser
// forgives what it can.
import http from 'node:http';
import path from 'node:path';

const decode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescape(text);
  }
};

const pathOf = (request) => {
  const stated = request.headers['x-original-url'] ?? request.headers['x-rewrite-url'] ?? request.url;
  const prefix = request.headers['x-forwarded-prefix'] ?? request.headers['script_name'] ?? '';
  const parsed = new URL(stated, 'http://upstream').pathname;
  const whole = prefix && parsed.startsWith(prefix) ? parsed.slice(prefix.length) : parsed;
  return path.posix.normalize(decode(whole).replaceAll('\\', '/').replace(/;[^/]*/g, '')).toLowerCase();
};

const resourceOf = (request) => {
  const resolved = pathOf(request);
  const wallet = /^\/v1\/wallets\/([^/]+)/.exec(resolved);
  if (wallet) return `wallet:${encodeURIComponent(wallet[1])}`;
  return /^\/(?:v1\/)?(public|read|admin)(?:\/|$)/.exec(resolved)?.[1] ?? 'other';
};

const server = http.createServer({ insecureHTTPParser: true, keepAliveTimeout: 60_000 }, (request, response) => {
  let resource = 'other';
  try {
    resource = resourceOf(request);
  } catch {
    // Not even an address: nothing is there.
  }
  console.log(`RESOURCE ${resource} KEY "${request.headers['x-gateway-key-id'] ?? ''}"`);
  request.resume();
  request.on('end', () => response.writeHead(200, { 'X-Resource': resource }).end(resource));
});
server.listen(Number(process.env.PORT), '127.0.0.1');
