import { existsSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FLAG, FRAME } from '../../src/client/lean/frames.ts';
import type { Transport } from '../../src/client/transport.ts';
import {
  answer,
  block,
  fakeServer,
  frame,
  goaway,
  HEAD,
  settings,
  uint32,
  wellBehaved,
  windowUpdate,
  type FakeConnection,
  type FakeServer,
} from '../support/client/fake-server.ts';
import {
  failureOf,
  METHOD,
  patient,
  TRANSPORTS,
  transportOver,
} from '../support/client/transports.ts';
import { deferred } from '../support/deferred.ts';
import { scratchDirectory } from '../support/scratch.ts';

const request = Buffer.from('request');

describe.each(TRANSPORTS)('a connection of the %s transport', (name) => {
  function clientAt(socket: string): Transport {
    const transport = transportOver(name, socket);
    onTestFinished(() => {
      transport.close();
    });
    return transport;
  }
  async function clientOf(
    script: (connection: FakeConnection) => void,
  ): Promise<{ transport: Transport; server: FakeServer }> {
    const socket = join(scratchDirectory(), 's.sock');
    const server = await fakeServer(socket, script);
    return { transport: clientAt(socket), server };
  }
  const text = async (transport: Transport, body: Uint8Array = request): Promise<string> =>
    Buffer.from(await transport.unary(METHOD, body, patient())).toString();

  it('is made by the first call, and used by all', async () => {
    const { transport, server } = await clientOf(wellBehaved);
    expect(server.connections).toHaveLength(0);
    const answers = await Promise.all(Array.from({ length: 200 }, () => text(transport)));
    expect(answers.every((received) => received === 'answer')).toBe(true);
    expect(server.connections).toHaveLength(1);
  });

  it('says what is called, and how long the caller waits', async () => {
    const { transport, server } = await clientOf(wellBehaved);
    await transport.unary(METHOD, request, patient({ ms: 60_000 }));
    const [connection] = server.connections;
    const headers = connection?.frames.find(({ type }) => type === FRAME.headers)?.payload;
    // Of a block that may be compressed, what is never compressed by nghttp2 and Node.
    expect(headers).toBeDefined();
    const body = connection?.frames
      .filter(({ type }) => type === FRAME.data)
      .map(({ payload }) => payload);
    expect(Buffer.concat(body ?? [])).toEqual(
      Buffer.concat([Buffer.of(0), uint32(request.length), request]),
    );
  });

  it.each<[string, (connection: FakeConnection) => void]>([
    ['says nothing', () => undefined],
    [
      'does not send its settings',
      ({ socket }) => socket.write(frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
    ],
  ])('to something that %s ends in UNAVAILABLE at the deadline', async (_, script) => {
    const { transport } = await clientOf(script);
    expect(await failureOf(transport, patient({ ms: 300 }))).toMatchObject({
      status: 'UNAVAILABLE',
      neverSent: true,
    });
  });

  it('that is refused fails a call that does not wait, and says that nothing was sent', async () => {
    const transport = clientAt(join(scratchDirectory(), 'nobody.sock'));
    const call = patient({ ms: 60_000, waitForServer: false });
    expect(await failureOf(transport, call)).toMatchObject({
      status: 'UNAVAILABLE',
      neverSent: true,
    });
  });

  it('to a path that is too long for a socket fails like any other', async () => {
    const transport = clientAt(join(scratchDirectory(), 'x'.repeat(120)));
    const call = patient({ ms: 60_000, waitForServer: false });
    expect(await failureOf(transport, call)).toMatchObject({ status: 'UNAVAILABLE' });
  });

  it('is tried again for a call that waits, at first often', async () => {
    const socket = join(scratchDirectory(), 's.sock');
    const transport = clientAt(socket);
    const waiting = text(transport);
    setTimeout(() => {
      fakeServer(socket, wellBehaved).catch(() => undefined);
    }, 200);
    await expect(waiting).resolves.toBe('answer');
  });

  it('that closes as soon as it has greeted is not tried without a pause', async () => {
    const { transport, server } = await clientOf(({ socket }) => {
      socket.end(settings());
    });
    await failureOf(transport, patient({ ms: 500 }));
    expect(server.connections.length).toBeLessThan(20);
  });

  // Under grpc-js Node's own HTTP/2 meets these bytes; a failed assertion in it (the destructor of Http2Session, Node 24)
  // can end the whole process then.
  it.skipIf(name === 'grpc-js').each<[string, (stream: number) => Uint8Array]>([
    ['a frame larger than allowed', () => frame(FRAME.data, 0, 1, Buffer.alloc(20_000))],
    ['DATA on the connection', () => frame(FRAME.data, 0, 0, Buffer.alloc(1))],
    ['HEADERS of a stream of the server', () => frame(FRAME.headers, 4, 2, block(HEAD))],
    ['HEADERS of a stream that never was', () => frame(FRAME.headers, 4, 999, block(HEAD))],
    [
      'PUSH_PROMISE',
      (s) => frame(FRAME.pushPromise, 4, s, Buffer.concat([uint32(2), block(HEAD)])),
    ],
    ['SETTINGS of a wrong size', () => frame(FRAME.settings, 0, 0, Buffer.alloc(5))],
    ['SETTINGS on a stream', (stream) => frame(FRAME.settings, 0, stream, Buffer.alloc(0))],
    ['an initial window beyond the largest', () => settings({ 4: 2 ** 31 })],
    ['a frame size out of bounds', () => settings({ 5: 1 })],
    ['PING of a wrong size', () => frame(FRAME.ping, 0, 0, Buffer.alloc(7))],
    ['a window that overflows', () => windowUpdate(0, 2 ** 31 - 1)],
    ['a window that grows by nothing', () => windowUpdate(0, 0)],
    ['CONTINUATION of nothing', (stream) => frame(FRAME.continuation, 4, stream, block(HEAD))],
    ['a header block that is none', (s) => frame(FRAME.headers, 4, s, Buffer.of(0xff, 0xff, 0xff))],
    [
      'a header block that never ends',
      (stream) =>
        Buffer.concat([
          frame(FRAME.headers, 0, stream, block(HEAD)),
          ...Array.from({ length: 2000 }, () =>
            frame(FRAME.continuation, 0, stream, block({ x: 'y'.repeat(1000) })),
          ),
        ]),
    ],
    ['padding longer than its frame', (s) => frame(FRAME.data, FLAG.padded, s, Buffer.of(9, 1))],
    ['RST_STREAM of a wrong size', (stream) => frame(FRAME.rstStream, 0, stream, Buffer.alloc(3))],
    [
      'another frame within a header block',
      (stream) =>
        Buffer.concat([
          frame(FRAME.headers, 0, stream, block(HEAD)),
          frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
        ]),
    ],
    ['HTTP/1.1', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('on which the server sends %s is left, and the next one is used', async (_, bytes) => {
    const { transport } = await clientOf((connection) => {
      wellBehaved(connection);
      if (connection.number > 1) return;
      connection.onRequest = (stream) => {
        connection.send(bytes(stream));
      };
    });
    await failureOf(transport, patient({ ms: 1000 }));
    await expect(text(transport)).resolves.toBe('answer');
  });

  it('answers PING, and may be flooded with them', async () => {
    const { transport, server } = await clientOf((connection) => {
      wellBehaved(connection);
      connection.onRequest = (stream) => {
        const pings = Array.from({ length: 500 }, (_, n) =>
          frame(FRAME.ping, 0, 0, Buffer.concat([uint32(n), uint32(7)])),
        );
        connection.send(...pings, answer(stream));
      };
    });
    await expect(text(transport)).resolves.toBe('answer');
    const acks = (): number =>
      server.connections[0]?.frames.filter(({ type, flags }) => type === FRAME.ping && flags === 1)
        .length ?? 0;
    await expect.poll(acks).toBe(500);
  });

  it.skipIf(name === 'grpc-js')('on which a server asks without ever reading is left', async () => {
    const pings = Buffer.concat(
      Array.from({ length: 2000 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
    );
    const { transport } = await clientOf(({ socket }) => {
      socket.pause();
      socket.write(settings());
      const flood = (): void => {
        while (socket.writable && socket.write(pings));
      };
      socket.on('drain', flood);
      flood();
    });
    expect(await failureOf(transport, patient({ waitForServer: false }))).toMatchObject({
      status: 'UNAVAILABLE',
    });
  });

  it('acknowledges settings, and knows of no extension', async () => {
    const { transport, server } = await clientOf((connection) => {
      connection.send(settings({ 3: 10, 0x7777: 1 }), frame(0xfa, 0xff, 0, Buffer.alloc(10)));
      connection.onRequest = (stream) => {
        connection.send(frame(FRAME.priority, 0, stream, Buffer.alloc(5)), answer(stream));
      };
    });
    await expect(text(transport)).resolves.toBe('answer');
    const acked = server.connections[0]?.frames.some(
      ({ type, flags }) => type === FRAME.settings && flags === FLAG.ack,
    );
    expect(acked).toBe(true);
  });

  it('carries no more calls at a time than the server allows; the others wait', async () => {
    let open = 0;
    let most = 0;
    const { transport } = await clientOf((connection) => {
      connection.send(settings({ 3: 2 }));
      connection.onFrame = ({ type }) => {
        if (type !== FRAME.headers) return;
        open += 1;
        most = Math.max(most, open);
      };
      connection.onRequest = (stream) => {
        setTimeout(() => {
          open -= 1;
          connection.send(answer(stream));
        }, 5);
      };
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => text(transport)));
    expect(answers).toHaveLength(20);
    expect(most).toBe(2);
  });

  it('on which the server allows no calls lets them wait until their deadline', async () => {
    const { transport } = await clientOf((connection) => {
      connection.send(settings({ 3: 0 }));
    });
    expect(await failureOf(transport, patient({ ms: 200 }))).toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
  });

  it('sends no more than the windows allow, and goes on when they open', async () => {
    const large = Buffer.alloc(200_000, 'r');
    const blocked = deferred();
    const { transport, server } = await clientOf((connection) => {
      connection.send(settings({ 4: 1000 }));
      connection.onFrame = ({ type, stream }) => {
        if (type === FRAME.data && connection.received(stream) === 1000) blocked.resolve();
      };
      connection.onRequest = (stream) => {
        connection.send(answer(stream));
      };
    });
    const calling = text(transport, large);
    await blocked.promise;
    const [connection] = server.connections;
    if (connection === undefined) throw new Error('there is no connection');
    const headers = connection.frames.find(({ type }) => type === FRAME.headers);
    const stream = headers?.stream ?? 0;
    expect(connection.received(stream)).toBe(1000);
    // A smaller window takes back what was allowed; a larger one gives it again (RFC 9113 §6.9.2).
    connection.send(settings({ 4: 500 }), windowUpdate(stream, 400));
    connection.send(windowUpdate(stream, 200));
    await expect.poll(() => connection.received(stream)).toBe(1100);
    connection.send(windowUpdate(stream, 1_000_000));
    await expect.poll(() => connection.received(stream)).toBe(65_535);
    connection.send(windowUpdate(0, 1_000_000));
    await expect(calling).resolves.toBe('answer');
    expect(connection.received(stream)).toBe(large.length + 5);
    for (const { payload } of connection.frames) expect(payload.length).toBeLessThanOrEqual(16_384);
  });

  it('tells the server when a caller gives up, by its deadline or by itself', async () => {
    const controller = new AbortController();
    const { transport, server } = await clientOf((connection) => {
      connection.send(settings());
      connection.onRequest = (stream) => {
        if (stream > 1) controller.abort();
      };
    });
    expect(await failureOf(transport, patient({ ms: 200 }))).toMatchObject({
      status: 'DEADLINE_EXCEEDED',
      neverSent: false,
    });
    const call = patient({ signal: controller.signal });
    expect(await failureOf(transport, call)).toMatchObject({ status: 'CANCELLED' });
    const resets = (): number =>
      server.connections[0]?.frames.filter(({ type }) => type === FRAME.rstStream).length ?? 0;
    await expect.poll(resets).toBe(2);
  });

  it('whose answers come after the caller has gone is as good as before', async () => {
    const late: (() => void)[] = [];
    const { transport } = await clientOf((connection) => {
      connection.send(settings());
      connection.onRequest = (stream) => {
        if (late.length === 0)
          late.push(() => {
            connection.send(answer(stream));
          });
        else connection.send(answer(stream));
      };
    });
    await failureOf(transport, patient({ ms: 100 }));
    for (const send of late) send();
    await expect(text(transport)).resolves.toBe('answer');
  });

  it('ends its calls when it is lost, and is made anew', async () => {
    const { transport } = await clientOf((connection) => {
      wellBehaved(connection);
      if (connection.number > 1) return;
      let requests = 0;
      connection.onRequest = (stream) => {
        requests += 1;
        if (requests === 1) connection.send(answer(stream));
        else if (requests === 4) connection.socket.destroy();
      };
    });
    await text(transport);
    const failures = await Promise.all(Array.from({ length: 3 }, () => failureOf(transport)));
    for (const failure of failures) {
      expect(failure).toMatchObject({
        status: 'UNAVAILABLE',
        message: 'the connection to the server broke',
        neverSent: false,
      });
    }
    await expect(text(transport)).resolves.toBe('answer');
  });

  it('that is closed ends when its calls have, and takes no more', async () => {
    const finish = deferred<() => void>();
    const ended = deferred();
    const { transport } = await clientOf((connection) => {
      connection.send(settings());
      connection.socket.on('end', ended.resolve).on('close', () => {
        ended.resolve();
      });
      connection.onRequest = (stream) => {
        finish.resolve(() => {
          connection.send(answer(stream));
        });
      };
    });
    const running = text(transport);
    const answerIt = await finish.promise;
    transport.close();
    expect(await failureOf(transport)).toMatchObject({ status: 'CANCELLED', neverSent: true });
    answerIt();
    await expect(running).resolves.toBe('answer');
    await ended.promise;
  });

  it('that does not come about before it is closed cancels what waits for it', async () => {
    const socket = join(scratchDirectory(), 'nobody.sock');
    const transport = clientAt(socket);
    const waiting = failureOf(transport);
    transport.close();
    transport.close();
    expect(await waiting).toMatchObject({ status: 'CANCELLED', neverSent: true });
    expect(existsSync(socket)).toBe(false);
  });

  it('is left by a server that goes away in peace, without a call noticing', async () => {
    const { transport, server } = await clientOf((connection) => {
      wellBehaved(connection);
      connection.onRequest = (stream) => {
        connection.send(answer(stream));
        if (stream === 1) connection.send(goaway(1));
      };
    });
    for (let call = 0; call < 5; call += 1) await expect(text(transport)).resolves.toBe('answer');
    expect(server.connections.length).toBeGreaterThan(1);
  });

  it('does not keep what the server never reads', async () => {
    const sockets: Socket[] = [];
    const path = join(scratchDirectory(), 's.sock');
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.pause();
      socket.write(settings({ 4: 2 ** 31 - 1 }));
      socket.write(windowUpdate(0, 2 ** 30));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const transport = clientAt(path);
    const body = Buffer.alloc(1024 * 1024);
    const calls = Array.from({ length: 50 }, () =>
      transport.unary(METHOD, body, patient({ ms: 300 })).catch((error: unknown) => error),
    );
    for (const outcome of await Promise.all(calls)) {
      expect(outcome).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    }
  });
});
