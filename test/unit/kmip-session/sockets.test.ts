import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createGate,
  DEFAULT_SESSION_LIMITS,
  serveConnection,
  type Connection,
  type ConnectionSummary,
} from '../../../src/kmip-session/index.ts';
import { waitFor } from '../../support/wait-for.ts';
import { echo, FakeClock, message, OPEN_GATE, response, texts } from './support.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A listener whose connections are served with a clock of the test. */
async function listen(handle = echo): Promise<{
  port: number;
  clock: FakeClock;
  connections: Connection[];
  ended: ConnectionSummary[];
}> {
  const clock = new FakeClock();
  const gate = createGate(OPEN_GATE, () => clock.monotonicMs());
  const connections: Connection[] = [];
  const ended: ConnectionSummary[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const place = gate.enter();
    if (place === undefined) throw new Error('the gate is closed');
    place.identify('peer');
    const connection = serveConnection(socket, {
      handler: { handle, refuse: (failure, text) => response(`${failure}: ${text}`) },
      limits: DEFAULT_SESSION_LIMITS,
      clock,
      place,
      onFault: (error) => {
        throw error;
      },
    });
    connections.push(connection);
    connection.closed.then(
      (summary) => ended.push(summary),
      (error: unknown) => {
        throw error;
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, clock, connections, ended };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Sends one request and returns the text of its answer. */
async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(message(text));
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return texts(chunk).join();
}

describe('connections over real sockets', () => {
  it('answers a healthy client while 500 slow ones hold their connections, and drops those in the end', async () => {
    const { port, clock, connections, ended } = await listen();
    const healthy = await dial(port);
    const slow = await Promise.all(Array.from({ length: 500 }, () => dial(port)));
    const half = message('x'.repeat(1000));
    // Nothing, half a header, half a body.
    slow.forEach((socket, index) => socket.write(half.subarray(0, [0, 5, 300][index % 3])));
    await waitFor(() => {
      expect(connections).toHaveLength(501);
    });
    for (let round = 0; round < 50; round += 1) {
      expect(await ask(healthy, `round ${round}`)).toBe(`re: round ${round}`);
    }
    const closed = slow.map((socket) => {
      socket.resume();
      return once(socket, 'close');
    });
    // The healthy one asks often enough, the others say nothing more.
    for (let minute = 0; minute < 6; minute += 1) {
      await clock.advance(60_000);
      expect(await ask(healthy, 'still there')).toBe('re: still there');
    }
    await Promise.all(closed);
    await waitFor(() => {
      expect(ended).toHaveLength(500);
    });
    const reasons = new Map<string, number>();
    for (const { reason } of ended) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    expect(Object.fromEntries(reasons)).toEqual({
      'idle-timeout': 167,
      'header-timeout': 167,
      'body-timeout': 166,
    });
  });

  it('answers a client that has closed its side after the request', async () => {
    const { port } = await listen();
    const socket = await dial(port);
    socket.end(message('last words'));
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(texts(chunk)).toEqual(['re: last words']);
    await once(socket, 'close');
  });

  it('lets a client read the answer to garbage that it sends more of than is read', async () => {
    const { port } = await listen();
    const socket = await dial(port);
    socket.write(Buffer.alloc(300_000, 'garbage!'));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () => socket.end());
    await once(socket, 'close');
    expect(texts(Buffer.concat(chunks))).toEqual([expect.stringMatching(/^invalidMessage: /)]);
  });

  it('drops a client that never reads, without the memory for what it does not read', async () => {
    const { port, clock, ended } = await listen(() => Promise.resolve(response('x'.repeat(1e6))));
    const socket = await dial(port);
    socket.pause();
    for (let sent = 0; sent < 100; sent += 1) socket.write(message('more'));
    const before = process.memoryUsage().arrayBuffers;
    await waitFor(() => {
      expect(clock.waiting).toBeGreaterThan(0);
    });
    while (ended.length === 0) await clock.advance(1000);
    expect(ended).toMatchObject([{ reason: 'write-timeout' }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32e6);
  });

  it('notices a client that resets its connection', async () => {
    const { port, ended } = await listen();
    const socket = await dial(port);
    socket.write(message('half').subarray(0, 12));
    socket.resetAndDestroy();
    await waitFor(() => {
      expect(ended).toMatchObject([{ reason: 'socket-error', requests: 0 }]);
    });
  });

  it('drains many connections at once', async () => {
    const { port, connections, ended } = await listen();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => dial(port)));
    await Promise.all(sockets.map((socket) => ask(socket, 'hello')));
    const closed = sockets.map((socket) => once(socket, 'close'));
    for (const connection of connections) connection.drain();
    await Promise.all(closed);
    await waitFor(() => {
      expect(ended.map(({ reason }) => reason)).toEqual(Array(20).fill('drained'));
    });
  });
});
