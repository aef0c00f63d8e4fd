// An application that has its hashes made by the Broker: it shares a Unix socket with it, and no network.
//
//   GET /hash?text=…    the hash by the profile Default, as JSON
//   GET /healthz        200 when the Broker serves, else 503

import { createServer } from 'node:http';
import { connect } from 'crypto-broker';

const PORT = 8080;
/** The Broker may start after us, or again: a call waits for it until then. */
const DEADLINE_MS = 5_000;
const LONGEST_TEXT = 4_096;

const broker = connect({ socket: process.env.CRYPTO_BROKER_SOCKET, deadlineMs: DEADLINE_MS });

const server = createServer((request, response) => {
  answer(request.url ?? '/').then(
    ({ status, body }) => reply(response, status, body),
    // The code is stable; the text is for the log, not for whoever asks.
    (error) => {
      log({ msg: 'call failed', code: error.code, error: error.message });
      reply(response, 503, { error: error.code ?? 'INTERNAL' });
    },
  );
});

async function answer(target) {
  const { pathname, searchParams } = new URL(target, 'http://application');
  if (pathname === '/healthz') {
    const status = await broker.health({ deadlineMs: 1_000 });
    return { status: status === 'SERVING' ? 200 : 503, body: { broker: status } };
  }
  if (pathname !== '/hash') return { status: 404, body: { error: 'NOT_FOUND' } };
  const text = searchParams.get('text') ?? '';
  if (text.length > LONGEST_TEXT) return { status: 413, body: { error: 'TOO_LONG' } };
  const { algorithm, hex } = await broker.hashData({ profile: 'Default', input: text });
  return { status: 200, body: { algorithm, hex } };
}

function reply(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function log(fields) {
  console.log(JSON.stringify({ time: new Date().toISOString(), service: 'example', ...fields }));
}

process.once('SIGTERM', () => {
  log({ msg: 'stopping' });
  server.close(() => {
    broker.close().finally(() => process.exit(0));
  });
  server.closeIdleConnections();
});

server.listen(PORT, () => log({ msg: 'listening', port: PORT }));
