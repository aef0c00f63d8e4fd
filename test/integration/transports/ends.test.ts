import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SETTING } from '../../../src/client/lean/frames.ts';
import { SignCertificateRequest } from '../../../src/generated/cryptobroker/server_view.ts';
import type { TransportName } from '../../../src/grpc/transport.ts';
import { makeThrowawayCa, makeThrowawayRequest } from '../../../src/x509/throwaway.ts';
import { PREFACE, settingsFrame } from '../../support/http2/frames.ts';
import { headerBlock } from '../../support/http2/header-block.ts';
import { requestFields, WireConnection } from '../../support/http2/wire-connection.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { SIGN_CERTIFICATE } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { answered, BODY, requestFrames } from './support/wire.ts';

const WATCH = { path: '/grpc.health.v1.Health/Watch', body: framed(Buffer.alloc(0)) };

interface Server {
  readonly process: BrokerProcess;
  readonly socket: string;
}

async function start(
  transport: TransportName,
  drainSeconds: number,
  more: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const socket = join(scratchDirectory(), 'a.sock');
  const env = {
    CRYPTO_BROKER_TRANSPORT: transport,
    CRYPTO_BROKER_DRAIN_SECONDS: String(drainSeconds),
    ...more,
  };
  return { process: await BrokerProcess.serving({ sockets: [socket], env }), socket };
}

/** The body of a request for a certificate that takes milliseconds to sign. */
async function certificateBody(): Promise<Uint8Array> {
  const key = { algorithm: 'ECDSA', bits: 521 } as const;
  const ca = await makeThrowawayCa({ key, now: Math.floor(Date.now() / 1000) });
  const { csrPem } = await makeThrowawayRequest({ key });
  const request = SignCertificateRequest.encode({
    profile: 'Default',
    csr: Buffer.from(csrPem),
    caPrivateKey: Buffer.from(ca.keyPem),
    caCert: Buffer.from(ca.certificatePem),
    metadata: undefined,
    validNotBefore: undefined,
    validNotAfter: undefined,
    subject: undefined,
    crlDistributionPoints: [],
    outputFormat: 1,
  }).finish();
  return framed(request);
}

const descriptors = (server: Server): number =>
  readdirSync(`/proc/${server.process.child.pid ?? 0}/fd`).length;

/** A client in a process of its own, which sends these bytes and waits to be killed. */
async function doomedClient(socket: string, bytes: Uint8Array): Promise<() => Promise<void>> {
  const file = join(scratchDirectory(), 'bytes');
  writeFileSync(file, bytes);
  const source = `
    const connection = require('node:net').connect(${JSON.stringify(socket)});
    connection.write(require('node:fs').readFileSync(${JSON.stringify(file)}));
    connection.once('data', () => console.log('answered'));
  `;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  return async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
}

describe.each(TRANSPORTS)('over %s:', (transport) => {
  it('clients that are killed with calls under way leave nothing behind', async () => {
    const server = await start(transport, 20);
    const healthy = await WireConnection.open(server.socket);
    expect(answered(await healthy.call({ body: BODY }))).toBe(true);
    const before = descriptors(server);
    const fields = headerBlock(requestFields({ path: SIGN_CERTIFICATE }));
    const body = await certificateBody();
    const streams = Array.from({ length: 30 }, (_, index) => 1 + 2 * index);
    const bytes = Buffer.concat([
      PREFACE,
      settingsFrame([]),
      ...streams.map((stream) => requestFrames(stream, fields, body)),
    ]);
    for (let round = 0; round < 3; round += 1) {
      const kills = await Promise.all([1, 2, 3].map(() => doomedClient(server.socket, bytes)));
      await Promise.all(kills.map((kill) => kill()));
      expect(answered(await healthy.call({ body: BODY }))).toBe(true);
    }
    await expect.poll(() => descriptors(server), { timeout: 10_000 }).toBeLessThanOrEqual(before);
    server.process.kill('SIGTERM');
    expect(await server.process.ended).toEqual({ code: 0, signal: null });
    expect(server.process.lines.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  it('SIGTERM lets every certificate of a long queue be finished', async () => {
    const server = await start(transport, 60);
    const connection = await WireConnection.open(server.socket);
    const body = await certificateBody();
    const streams = Array.from({ length: 300 }, () =>
      connection.start({ path: SIGN_CERTIFICATE, body }),
    );
    const [first = 0] = streams;
    expect((await connection.outcome(first)).status).toBe(status.OK);
    await connection.ping();
    server.process.kill('SIGTERM');
    const ends = await Promise.all(streams.map((stream) => connection.outcome(stream)));
    for (const end of ends) {
      expect(
        [status.OK, status.RESOURCE_EXHAUSTED],
        JSON.stringify({ ...end, reply: undefined }),
      ).toContain(end.status);
    }
    expect(await connection.end()).toBe(0);
    expect(await server.process.ended).toEqual({ code: 0, signal: null });
    const finished = server.process.lines.filter(({ msg }) => msg === 'finished call');
    expect(finished).toHaveLength(streams.length);
  });

  it('certificates for which its queue has no place are refused, and nobody else waits', async () => {
    const server = await start(transport, 60, {
      CRYPTO_BROKER_POOL_THREADS: '1',
      CRYPTO_BROKER_POOL_QUEUE: '2',
    });
    const connection = await WireConnection.open(server.socket);
    const body = await certificateBody();
    const streams = Array.from({ length: 200 }, () =>
      connection.start({ path: SIGN_CERTIFICATE, body }),
    );
    const hash = connection.start({ body: BODY });
    expect(answered(await connection.outcome(hash))).toBe(true);
    const ends = await Promise.all(streams.map((stream) => connection.outcome(stream)));
    const signed = ends.filter((end) => end.status === status.OK);
    const refused = ends.filter((end) => end.status !== status.OK);
    expect(signed.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const end of refused) {
      expect(end).toMatchObject({
        http: '200',
        status: status.RESOURCE_EXHAUSTED,
        code: 'QUEUE_FULL',
        message: 'too%20many%20operations%20are%20waiting',
      });
    }
    // As soon as there is room again.
    expect((await connection.call({ path: SIGN_CERTIFICATE, body })).status).toBe(status.OK);
    server.process.kill('SIGTERM');
    expect(await server.process.ended).toEqual({ code: 0, signal: null });
  });

  it('a second SIGTERM ends at once what the first one waits for, on every thread', async () => {
    const server = await start(transport, 300, { CRYPTO_BROKER_POOL_THREADS: '1' });
    const connection = await WireConnection.open(server.socket);
    const body = await certificateBody();
    const watch = connection.start(WATCH);
    await connection.until(() => connection.stream(watch).body.length > 0, 'the first answer');
    const slow = connection.start({ body: BODY.subarray(0, 6), end: false });
    const streams = Array.from({ length: 900 }, () =>
      connection.start({ path: SIGN_CERTIFICATE, body }),
    );
    const [first = 0] = streams;
    expect((await connection.outcome(first)).status).toBe(status.OK);
    server.process.kill('SIGTERM');
    await server.process.logged('stopping');
    server.process.kill('SIGTERM');
    expect(await server.process.ended).toEqual({ code: 1, signal: null });
    await connection.end();
    expect((await connection.outcome(slow)).status).not.toBe(status.OK);
  });

  it('SIGTERM does not wait for ever for callers that do nothing', async () => {
    const server = await start(transport, 1);
    const deaf = await WireConnection.open(server.socket, {
      settings: [[SETTING.initialWindowSize, 0]],
    });
    deaf.send(requestFrames(deaf.newStream()));
    const idle = await WireConnection.open(server.socket);
    expect(answered(await idle.call({ body: BODY }))).toBe(true);
    const slow = await WireConnection.open(server.socket);
    slow.start({ body: BODY.subarray(0, 6), end: false });
    const silent = await WireConnection.open(server.socket, { preface: false });
    const watching = await WireConnection.open(server.socket);
    const watch = watching.start(WATCH);
    await watching.until(() => watching.stream(watch).body.length > 0, 'the first answer');
    await Promise.all([deaf.ping(), slow.ping()]);
    server.process.kill('SIGTERM');
    expect(await server.process.ended).toEqual({ code: 0, signal: null });
    await Promise.all([deaf, idle, slow, silent, watching].map((one) => one.end()));
  });

  it('SIGTERM in a storm of calls and connections cuts none off that was begun', async () => {
    const server = await start(transport, 20);
    const state: { over: boolean; calls: number } = { over: false, calls: 0 };
    const callers = Array.from({ length: 4 }, async () => {
      while (!state.over) {
        const connection = await WireConnection.open(server.socket);
        if (connection.closed) break;
        for (let call = 0; call < 50; call += 1) {
          const outcome = await connection.call({ body: BODY });
          // From GOAWAY on a call may be refused; one that is answered is answered well.
          if (outcome.status === undefined) break;
          expect(answered(outcome), JSON.stringify(outcome)).toBe(true);
          state.calls += 1;
          if (state.calls === 200) server.process.kill('SIGTERM');
        }
      }
    });
    expect(await server.process.ended).toEqual({ code: 0, signal: null });
    state.over = true;
    await Promise.all(callers);
    const finished = server.process.lines.filter(({ msg }) => msg === 'finished call');
    expect(finished.length).toBeGreaterThanOrEqual(state.calls);
  });
});

it('the native server deals connections out to two threads when it has them, and ends both', async () => {
  const server = await start('native', 20, { CRYPTO_BROKER_DATA_PLANE_THREADS: '2' });
  const pid = server.process.child.pid ?? 0;
  const names = readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim(),
  );
  expect(names.filter((name) => name === 'http2')).toHaveLength(2);
  const connections = await Promise.all(
    Array.from({ length: 8 }, async () => await WireConnection.open(server.socket)),
  );
  const body = await certificateBody();
  const calls = connections.map(async (connection) => {
    expect(answered(await connection.call({ body: BODY }))).toBe(true);
    const watch = connection.start(WATCH);
    await connection.until(() => connection.stream(watch).body.length > 0, 'the first answer');
    const signing = Array.from({ length: 5 }, () =>
      connection.start({ path: SIGN_CERTIFICATE, body }),
    );
    await connection.ping();
    return { connection, streams: [watch, ...signing] };
  });
  const started = await Promise.all(calls);
  server.process.kill('SIGTERM');
  for (const { connection, streams } of started) {
    for (const stream of streams) {
      expect((await connection.outcome(stream)).status).toBe(status.OK);
    }
    expect(await connection.end()).toBe(0);
  }
  expect(await server.process.ended).toEqual({ code: 0, signal: null });
});
