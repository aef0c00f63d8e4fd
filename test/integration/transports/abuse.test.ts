import { randomFillSync } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FLAG, SETTING } from '../../../src/client/lean/frames.ts';
import { MAX_STREAMS } from '../../../src/grpc/limits.ts';
import { longRun } from '../../support/environment.ts';
import { frame, resetFrame, settingsFrame } from '../../support/http2/frames.ts';
import { headerBlock, indexed } from '../../support/http2/header-block.ts';
import type { WireConnection } from '../../support/http2/wire-connection.ts';
import { waitFor } from '../../support/wait-for.ts';
import { framed } from '../support/raw-http2.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { attacked } from './support/attack.ts';
import { answered, BODY, HASH_ABC, requestFrames, usualBlock } from './support/wire.ts';

const MIB = 1024 * 1024;
const SEED = 20_260_102;
/** RFC 9113 §7. */
const ENHANCE_YOUR_CALM = 11;
const { endHeaders, endStream } = FLAG;

/** Sends batches until there were so many or the connection has ended, as fast as the server takes them. */
async function flood(
  connection: WireConnection,
  batches: number,
  make: () => readonly Uint8Array[],
): Promise<void> {
  for (let batch = 0; batch < batches && !connection.closed; batch += 1) {
    connection.send(...make());
    const { socket } = connection;
    if (!socket.writableNeedDrain) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    await new Promise<void>((resolve) => {
      const go = (): void => {
        socket.off('drain', go).off('close', go);
        resolve();
      };
      socket.once('drain', go).once('close', go);
    });
  }
}

/** Frames that begin calls, go on with them, end them, or are nothing that one may send. */
const anyFrame: fc.Arbitrary<Buffer> = fc
  .record({
    type: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(0, 0, 1, 1, 9, 3, 0x77)),
    flags: fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 0x20), fc.integer({ min: 0, max: 255 })),
    stream: fc.constantFrom(0, 1, 1, 3, 3, 5, 7, 2, 0x7fffffff),
    payload: fc.oneof(
      fc.constantFrom(usualBlock(), BODY, Buffer.alloc(0), Buffer.alloc(4), Buffer.alloc(8)),
      fc.uint8Array({ maxLength: 40 }),
    ),
  })
  .map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload));

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe.each(TRANSPORTS)('over %s, a server survives', (transport) => {
  it('calls that are reset as soon as they begin', async () => {
    await attacked(transport, async ({ connect }) => {
      const connection = await connect();
      await flood(connection, 100, () =>
        times(200, () => {
          const stream = connection.newStream();
          const head = frame('headers', endHeaders, stream, usualBlock());
          return Buffer.concat([head, resetFrame(stream, 8)]);
        }),
      );
      await connection.end();
    });
  });

  it('a header block without end', async () => {
    await attacked(transport, async ({ connect }) => {
      const connection = await connect();
      connection.send(frame('headers', 0, 1, usualBlock()));
      const part = frame('continuation', 0, 1, headerBlock([['a', 'x'.repeat(16_000)]]));
      await flood(connection, 200, () => times(20, () => part));
      await connection.end();
    });
  });

  it('a header block of empty pieces', async () => {
    await attacked(transport, async ({ connect }) => {
      const connection = await connect();
      connection.send(frame('headers', 0, 1, usualBlock()));
      await flood(connection, 200, () => times(500, () => frame('continuation', 0, 1)));
      await connection.end();
    });
  });

  it('streams that are opened and left alone', async () => {
    await attacked(transport, async ({ connect }) => {
      for (const connection of await Promise.all(times(4, async () => await connect()))) {
        await flood(connection, 25, () =>
          times(200, () => frame('headers', endHeaders, connection.newStream(), usualBlock())),
        );
        // Beyond the limit that the client has acknowledged.
        await connection.end();
      }
    });
  });

  it('streams that wait for something that never happens, up to a limit', async () => {
    const watch = usualBlock([], { ':path': '/grpc.health.v1.Health/Watch' });
    const reflection = usualBlock([], {
      ':path': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    });
    const watchOn = (connection: WireConnection): number => {
      const stream = connection.newStream();
      connection.send(requestFrames(stream, watch, framed(Buffer.alloc(0))));
      return stream;
    };
    const served = async (connection: WireConnection, stream: number): Promise<boolean> => {
      const { body, headers } = connection.stream(stream);
      const answered = (): boolean => body.length > 0 || headers.has('grpc-status');
      await connection.until(() => connection.closed || answered(), 'a first answer');
      return body.length > 0;
    };
    await attacked(
      transport,
      async ({ connect }) => {
        const connections = await Promise.all(times(4, async () => await connect()));
        for (const connection of connections) {
          await connection.until(() => connection.settings.size > 0, 'SETTINGS');
          const watches = times(500, () => watchOn(connection));
          connection.send(
            ...times(500, () => frame('headers', endHeaders, connection.newStream(), reflection)),
          );
          for (const stream of watches) expect(await served(connection, stream)).toBe(true);
          await connection.ping();
        }
        const last = await connect();
        const outcomes = times(MAX_STREAMS - 4000 + 4, () => watchOn(last));
        for (const [index, stream] of outcomes.entries()) {
          expect(await served(last, stream), `stream ${index}`).toBe(index < MAX_STREAMS - 4000);
        }
        expect(await last.outcome(outcomes.at(-1) ?? 0)).toMatchObject({
          status: status.RESOURCE_EXHAUSTED,
          code: 'QUEUE_FULL',
        });
        connections[0]?.socket.destroy();
        await expect.poll(async () => await served(last, watchOn(last))).toBe(true);
        // What a server that stops would wait for.
        for (const { socket } of [...connections, last]) socket.destroy();
      },
      { growthMiB: transport === 'native' ? 120 : 250 },
    );
  });

  it('frames of types that nobody knows', async () => {
    await attacked(transport, async ({ server, connect }) => {
      const connection = await connect();
      await flood(connection, 100, () =>
        times(1000, (index) => frame(10 + (index % 240), 0xff, 0)),
      );
      // nghttp2 as Node has it passes over any number of them (RFC 9113 §4.1).
      if (transport === 'grpc-js') return;
      expect(await connection.end()).toBe(ENHANCE_YOUR_CALM);
      await waitFor(() => {
        expect(server.line('a connection sent too many frames without a message')).toBeDefined();
      });
    });
  });

  it('PINGs whose answers nobody reads', async () => {
    await attacked(transport, async ({ connect }) => {
      const connection = await connect();
      connection.socket.pause();
      const ping = frame('ping', 0, 0, Buffer.alloc(8));
      await Promise.race([
        flood(connection, 100, () => times(1000, () => ping)),
        new Promise((resolve) => setTimeout(resolve, 2000)),
      ]);
      connection.socket.destroy();
    });
  });

  it('SETTINGS without end', async () => {
    await attacked(transport, async ({ connect }) => {
      const connection = await connect();
      connection.socket.pause();
      const settings = settingsFrame(times(30, (index) => [SETTING.initialWindowSize, index]));
      await Promise.race([
        flood(connection, 100, () => times(300, () => settings)),
        new Promise((resolve) => setTimeout(resolve, 2000)),
      ]);
      connection.socket.destroy();
    });
  });

  it('messages that say they have 2 GiB', async () => {
    await attacked(transport, async ({ connect }) => {
      const connection = await connect();
      const body = framed(HASH_ABC, { length: 0x7fffffff });
      for (let round = 0; round < 20; round += 1) {
        const streams = times(50, () => connection.start({ body }));
        for (const stream of streams) expect((await connection.outcome(stream)).status).toBe(8);
      }
    });
  });

  it('a header list that is small until it is decompressed', async () => {
    await attacked(transport, async ({ connect }) => {
      for (let round = 0; round < 5; round += 1) {
        const connection = await connect();
        const stream = connection.newStream();
        const bomb = Buffer.concat([
          usualBlock(),
          headerBlock([['bomb', 'x'.repeat(4000)]], { indexing: 'incremental' }),
          Buffer.concat(times(12_000, () => indexed(62))),
        ]);
        connection.send(frame('headers', endHeaders | endStream, stream, bomb));
        const outcome = await connection.outcome(stream);
        expect(outcome.http).toBeUndefined();
      }
    });
  });

  it('a reader that never reads', async () => {
    await attacked(
      transport,
      async ({ connect }) => {
        const shut = await connect({ settings: [[SETTING.initialWindowSize, 0]] });
        await shut.until(() => shut.settings.size > 0, 'SETTINGS');
        shut.send(...times(1000, () => requestFrames(shut.newStream())));
        await shut.ping();
        // This one opens its windows, and does not take what comes.
        const deaf = await connect();
        deaf.socket.pause();
        await Promise.race([
          flood(deaf, 100, () => times(500, () => requestFrames(deaf.newStream()))),
          new Promise((resolve) => setTimeout(resolve, 1500)),
        ]);
        shut.socket.destroy();
        deaf.socket.destroy();
      },
      // grpc-js took 160 MiB here: what waits for the reader rests on the JavaScript heap.
      { growthMiB: transport === 'native' ? 120 : 350 },
    );
  });

  it('writers that never finish', async () => {
    await attacked(
      transport,
      async ({ connect }) => {
        const connections = await Promise.all(times(5, async () => await connect()));
        for (const connection of connections) {
          await connection.until(() => connection.settings.size > 0, 'SETTINGS');
          for (const size of [...times(100, () => 6), ...times(4, () => 2 * MIB)]) {
            const body = framed(Buffer.alloc(size - 5), { length: 4 * MIB });
            connection.start({ body, end: false });
          }
        }
        await Promise.all(
          connections.map(async (connection) => {
            await connection.ping();
          }),
        );
        for (const { socket } of connections) socket.destroy();
      },
      { growthMiB: 250 },
    );
  });

  it('connections that say nothing, more of them than it takes', async () => {
    await attacked(transport, async ({ connect }) => {
      const connections = await Promise.all(
        times(1100, async (index) => await connect({ preface: index % 2 === 0 })),
      );
      for (const { socket } of connections) socket.destroy();
    });
  });

  it('connections that come and go', async () => {
    await attacked(transport, async ({ connect }) => {
      for (let round = 0; round < 20; round += 1) {
        const connections = await Promise.all(
          times(100, async (index) => await connect({ preface: index % 3 > 0 })),
        );
        connections.forEach((connection, index) => {
          if (index % 2 === 0) connection.send(requestFrames(1));
          connection.socket.destroy();
        });
      }
    });
  });

  it('octets that mean nothing', async () => {
    await attacked(transport, async ({ connect }) => {
      for (let round = 0; round < 100; round += 1) {
        const connection = await connect({ preface: round % 2 === 0 });
        connection.send(randomFillSync(Buffer.alloc(1 + ((round * 997) % 20_000))));
        // Whether that is wrong or not whole yet is a matter of chance.
        connection.socket.end();
        await connection.end();
      }
    });
  });

  it(`frames of every type in any order (seed ${SEED})`, async () => {
    const sequences = fc.sample(fc.array(anyFrame, { minLength: 1, maxLength: 20 }), {
      ...{ seed: SEED, numRuns: longRun ? 10_000 : 500 },
    });
    await attacked(
      transport,
      async ({ connect }) => {
        for (const frames of sequences) {
          const connection = await connect();
          connection.send(...frames);
          connection.socket.end();
          await connection.end();
        }
      },
      // Each kind of fault is told of at most once a second.
      { lines: longRun ? 1000 : 40 },
    );
  }, 300_000);

  it('more connections than it has file descriptors for', async () => {
    await attacked(
      transport,
      async ({ connect }) => {
        const connections = await Promise.all(
          times(150, async () => await connect({ preface: false })),
        );
        onTestFinished(() => {
          for (const { socket } of connections) socket.destroy();
        });
        for (const { socket } of connections) socket.destroy();
        // The server has to notice that there are some again.
        await expect
          .poll(async () => answered(await (await connect()).call({ body: BODY })))
          .toBe(true);
      },
      { wrapper: ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'] },
    );
  });
});
