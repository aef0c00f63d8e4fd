// A web application that hashes by the Broker beside it.
//
//   GET /hash?text=…&profile=…   the hash, as JSON
//   GET /healthz                 200 when the Broker serves, else 503: what Cloud Foundry asks

import { createServer } from 'node:http';
import { connect } from '#crypto-broker';

/** The Broker may start after us, or again: each call waits for it until then. */
const DEADLINE_MS = 5_000;
/** Below the time that Cloud Foundry waits for an answer. */
const HEALTH_DEADLINE_MS = 800;
const LONGEST_TEXT = 64 * 1024;
/** Only to read what comes after it in a request. */
const ORIGIN = 'http://app';

const broker = connect({ socket: process.env.CRYPTO_BROKER_SOCKET, deadlineMs: DEADLINE_MS });

const server = createServer((request, response) => {
  answer(request.url ?? '/').then(
    ({ status, body }) => reply(response, status, body),
    // A failed call of the Broker has a stable code; its text is for the log, not for whoever asks.
    (error) => {
      log({ msg: 'call failed', code: error.code, error: error.message });
      reply(response, 503, { error: error.code ?? 'INTERNAL' });
    },
  );
});

async function answer(url) {
  if (!URL.canParse(url, ORIGIN)) return { status: 400, body: { error: 'BAD_REQUEST' } };
  const { pathname, searchParams: query } = new URL(url, ORIGIN);
  if (pathname === '/healthz') {
    const status = await broker.health({ deadlineMs: HEALTH_DEADLINE_MS });
    return { status: status === 'SERVING' ? 200 : 503, body: { broker: status } };
  }
  if (pathname !== '/hash') return { status: 404, body: { error: 'NOT_FOUND' } };
  const text = query.get('text') ?? '';
  if (text.length > LONGEST_TEXT) return { status: 413, body: { error: 'TOO_LONG' } };
  const profile = query.get('profile') ?? 'Default';
  const { hex, algorithm } = await broker.hashData({ profile, input: text });
  return { status: 200, body: { algorithm, hex } };
}

function reply(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function log(fields) {
  console.log(JSON.stringify({ time: new Date().toISOString(), service: 'example', ...fields }));
}

// Cloud Foundry waits ten seconds after SIGTERM.
process.on('SIGTERM', () => {
  log({ msg: 'stopping' });
  server.close(() => {
    broker.close().finally(() => process.exit(0));
  });
  server.closeIdleConnections();
});

server.listen(Number(process.env.PORT ?? 8080), () => {
  log({ msg: 'listening', port: server.address().port });
});
