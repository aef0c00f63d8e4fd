import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { FLAG, SETTING } from '../../../src/client/lean/frames.ts';
import {
  frame,
  padded,
  PREFACE,
  resetFrame,
  settingsFrame,
  uint32,
  windowFrame,
} from '../../support/http2/frames.ts';
import { indexed, tableSize } from '../../support/http2/header-block.ts';
import type { WireConnection } from '../../support/http2/wire-connection.ts';
import { framed } from '../support/raw-http2.ts';
import { TRANSPORTS } from '../support/transports.ts';
import {
  answered,
  BODY,
  exchange,
  requestFrames,
  startWireBroker,
  usualBlock,
} from './support/wire.ts';

/** RFC 9113 §7. */
const ERROR = { none: 0, protocol: 1, internal: 2, refusedStream: 7, cancel: 8 } as const;
const WATCH = { path: '/grpc.health.v1.Health/Watch', body: framed(Buffer.alloc(0)) };
const { endHeaders, endStream } = FLAG;
const PING = frame('ping', 0, 0, Buffer.from('pingpong'));

describe.each(TRANSPORTS)('over %s:', (transport) => {
  /** Sends each to a connection of its own; `verdict` is told what the connection said before it answered a PING or ended. */
  async function afterEach(
    cases: readonly (readonly [string, readonly Uint8Array[]])[],
    verdict: (connection: WireConnection, name: string) => void,
  ): Promise<void> {
    const { connect } = await startWireBroker(transport);
    for (const [name, frames] of cases) {
      const connection = await connect();
      // In one piece: what a server answers before it closes is lost to whoever is still writing then.
      connection.send(...frames, PING);
      await connection.until(
        () => connection.closed || connection.pongs.length > 0,
        `a PING or the end after ${name}`,
      );
      verdict(connection, name);
    }
    expect(answered(await (await connect()).call({ body: BODY }))).toBe(true);
  }

  const isAlive = async (connection: WireConnection, what = ''): Promise<void> => {
    expect(answered(await connection.call({ body: BODY })), what).toBe(true);
  };

  describe('a connection', () => {
    it('begins with the preface and SETTINGS, or ends (RFC 9113 §3.4)', async () => {
      const { connect } = await startWireBroker(transport);
      const beginnings: readonly (readonly [string, Uint8Array])[] = [
        ['HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
        [
          'HTTP/1.1 with an upgrade',
          Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
        ],
        ['TLS', Buffer.from('16030100a5010000a10303', 'hex')],
        ['nearly a preface', Buffer.concat([PREFACE.subarray(0, 20), Buffer.from('XX\r\n')])],
        ['no SETTINGS', Buffer.concat([PREFACE, PING])],
        ['SETTINGS that are an ACK', Buffer.concat([PREFACE, frame('settings', FLAG.ack, 0)])],
        ['HEADERS', Buffer.concat([PREFACE, requestFrames(1)])],
      ];
      for (const [name, bytes] of beginnings) {
        const connection = await connect({ preface: false, acknowledge: false });
        connection.send(bytes);
        const code = await connection.end();
        expect([ERROR.protocol, ERROR.internal], name).toContain(code);
      }
      const slow = await connect({ preface: false });
      for (const octet of Buffer.concat([PREFACE, frame('settings', 0, 0)])) {
        slow.send(Buffer.of(octet));
      }
      await isAlive(slow, 'octet by octet');
    });

    it('tells its limits at once', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect({ preface: false });
      connection.send(PREFACE, frame('settings', 0, 0));
      await connection.until(() => connection.settings.size > 0, 'SETTINGS');
      expect(connection.settings.get(SETTING.maxConcurrentStreams)).toBe(1024);
    });

    it('answers every PING with its own octets, in their order', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const payloads = Array.from({ length: 100 }, (_, index) => String(index).padStart(8, '\0'));
      connection.send(...payloads.map((text) => frame('ping', 0, 0, Buffer.from(text, 'latin1'))));
      await connection.until(() => connection.pongs.length === 100, '100 answers');
      expect(connection.pongs).toEqual(payloads);
    });

    it('passes over frames and settings that it does not know (RFC 9113 §4.1, §6.5.2)', async () => {
      await afterEach(
        [
          ['an unknown frame', [frame(0x77, 0xff, 9, Buffer.alloc(100)), frame(0x77, 0, 0)]],
          ['ALTSVC', [frame(10, 0, 0, Buffer.from('\0\x01ah2'))]],
          ['PRIORITY_UPDATE', [frame(16, 0, 0, Buffer.concat([uint32(1), Buffer.from('u=1')]))]],
          ['PRIORITY', [frame('priority', 0, 3, Buffer.concat([uint32(0), Buffer.of(1)]))]],
          [
            'unknown settings',
            [
              settingsFrame([
                [0xff, 1],
                [0x1234, 0xffffffff],
              ]),
            ],
          ],
          ['no streams of the server', [settingsFrame([[SETTING.maxConcurrentStreams, 0]])]],
          ['a huge table', [settingsFrame([[1, 0xffffffff]])]],
        ],
        (connection, name) => {
          expect(connection, name).toMatchObject({ closed: false, goAways: [] });
        },
      );
    });

    const wrongFrames: readonly (readonly [string, readonly Uint8Array[]])[] = [
      ['HEADERS on stream 0', [frame('headers', endHeaders | endStream, 0, usualBlock())]],
      ['HEADERS on an even stream', [frame('headers', endHeaders | endStream, 2, usualBlock())]],
      ['CONTINUATION alone', [frame('continuation', endHeaders, 1, usualBlock())]],
      [
        'another frame within a header block',
        [frame('headers', 0, 1, usualBlock().subarray(0, 5)), PING],
      ],
      [
        'CONTINUATION of another stream',
        [frame('headers', 0, 1, usualBlock()), frame('continuation', endHeaders, 3)],
      ],
      [
        'HEADERS with more padding than payload',
        [frame('headers', endHeaders | FLAG.padded, 1, Buffer.of(255, 0x83))],
      ],
      ['DATA on stream 0', [frame('data', endStream, 0, BODY)]],
      ['DATA on an idle stream', [frame('data', endStream, 5, BODY)]],
      [
        'DATA with more padding than payload',
        [
          frame('headers', endHeaders, 1, usualBlock()),
          frame('data', FLAG.padded, 1, padded(BODY, 0).fill(255, 0, 1)),
        ],
      ],
      [
        'DATA of padding without its length',
        [frame('headers', endHeaders, 1, usualBlock()), frame('data', FLAG.padded, 1)],
      ],
      ['RST_STREAM on an idle stream', [resetFrame(5, ERROR.cancel)]],
      ['RST_STREAM on stream 0', [resetFrame(0, ERROR.cancel)]],
      ['RST_STREAM of 3 octets', [frame('rstStream', 0, 1, Buffer.alloc(3))]],
      ['WINDOW_UPDATE by 0', [windowFrame(0, 0)]],
      ['WINDOW_UPDATE beyond 2^31-1', [windowFrame(0, 0x7fffffff)]],
      ['WINDOW_UPDATE on an idle stream', [windowFrame(7, 1)]],
      ['WINDOW_UPDATE of 3 octets', [frame('windowUpdate', 0, 0, Buffer.alloc(3))]],
      ['PING of 9 octets', [frame('ping', 0, 0, Buffer.alloc(9))]],
      ['PING on a stream', [frame('ping', 0, 1, Buffer.alloc(8))]],
      ['SETTINGS on a stream', [frame('settings', 0, 1)]],
      ['SETTINGS of 5 octets', [frame('settings', 0, 0, Buffer.alloc(5))]],
      ['SETTINGS that acknowledge and say something', [frame('settings', 1, 0, Buffer.alloc(6))]],
      ['SETTINGS_ENABLE_PUSH 2', [settingsFrame([[SETTING.enablePush, 2]])]],
      [
        'SETTINGS_INITIAL_WINDOW_SIZE 2^31',
        [settingsFrame([[SETTING.initialWindowSize, 2 ** 31]])],
      ],
      ['SETTINGS_MAX_FRAME_SIZE 16383', [settingsFrame([[SETTING.maxFrameSize, 16_383]])]],
      ['SETTINGS_MAX_FRAME_SIZE 2^24', [settingsFrame([[SETTING.maxFrameSize, 2 ** 24]])]],
      ['PRIORITY of 4 octets', [frame('priority', 0, 3, Buffer.alloc(4))]],
      [
        'PUSH_PROMISE',
        [frame('pushPromise', endHeaders, 1, Buffer.concat([uint32(2), usualBlock()]))],
      ],
      ['GOAWAY of 7 octets', [frame('goaway', 0, 0, Buffer.alloc(7))]],
      ['GOAWAY on a stream', [frame('goaway', 0, 1, Buffer.alloc(8))]],
      ['a frame longer than was agreed', [frame(0x77, 0, 0, Buffer.alloc(16_385))]],
      ['an index of no field', [frame('headers', endHeaders, 1, indexed(70))]],
      ['the index 0', [frame('headers', endHeaders, 1, Buffer.of(0x80))]],
      ['half a field', [frame('headers', endHeaders, 1, usualBlock().subarray(0, 40))]],
      [
        'wrong Huffman codes',
        [frame('headers', endHeaders, 1, Buffer.from('0084ffffffff00', 'hex'))],
      ],
      ['a huge integer', [frame('headers', endHeaders, 1, Buffer.alloc(11, 0xff))]],
      ['a table larger than agreed', [frame('headers', endHeaders, 1, tableSize(4097))]],
      [
        'a change of the table behind a field',
        [frame('headers', endHeaders, 1, Buffer.concat([usualBlock(), tableSize(100)]))],
      ],
      ['DATA behind the end of its stream', [requestFrames(1), frame('data', endStream, 1, BODY)]],
    ];

    it('ends with the code of what was wrong in its frames (RFC 9113 §5.4.1)', async () => {
      await afterEach(wrongFrames, (connection, name) => {
        expect(connection.closed, name).toBe(true);
        expect(connection.goAways.at(-1)?.code, name).toBeGreaterThan(ERROR.none);
      });
    });

    it('that ends so takes no other one along, and is told of in few lines', async () => {
      const { connect, log } = await startWireBroker(transport);
      const bystander = await connect();
      for (let round = 0; round < 3; round += 1) {
        for (const [, frames] of wrongFrames) {
          const connection = await connect();
          connection.send(...frames);
          await Promise.race([connection.end(), connection.ping()]);
        }
        await isAlive(bystander, `round ${round}`);
      }
      const faults = log.lines().filter(({ level }) => level === 'WARN' || level === 'ERROR');
      expect(faults.length).toBeLessThanOrEqual(5);
    });

    it('ends when both have said GOAWAY and nothing is left', async () => {
      const { broker, connect } = await startWireBroker(transport);
      const connection = await connect();
      await isAlive(connection);
      const watch = connection.start(WATCH);
      await connection.until(() => connection.stream(watch).body.length > 0, 'the first answer');
      const stopped = broker.stop(20_000);
      await connection.until(() => connection.goAways.length > 0, 'GOAWAY');
      expect(connection.goAways.every(({ code }) => code === ERROR.none)).toBe(true);
      const outcome = await connection.outcome(watch);
      expect(outcome.goAway).toBeUndefined();
      await connection.end();
      await stopped;
    });

    it('ends without a word in the log when the client says GOAWAY in the wrong way', async () => {
      const { connect, log } = await startWireBroker(transport);
      // RFC 9113 §6.8: the stream that it names is one of the server's. There are clients that close with one of theirs.
      for (const last of [1, 3, 0x7fffffff]) {
        const connection = await connect();
        await isAlive(connection);
        connection.send(frame('goaway', 0, 0, Buffer.concat([uint32(last), uint32(ERROR.none)])));
        expect(await connection.end(), `GOAWAY of ${last}`).toBe(ERROR.protocol);
      }
      await isAlive(await connect());
      expect(log.lines().filter(({ level }) => level !== 'INFO')).toEqual([]);
    });

    it('goes on with its calls when the client says GOAWAY', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const goAway = frame(
        'goaway',
        0,
        0,
        Buffer.concat([uint32(0), uint32(0), Buffer.from('bye')]),
      );
      const outcome = await exchange(connection, (s) => [
        frame('headers', endHeaders, s, usualBlock()),
        goAway,
        frame('data', endStream, s, BODY),
      ]);
      expect(answered(outcome)).toBe(true);
    });
  });

  describe('streams', () => {
    it('that were used cannot be used again (RFC 9113 §5.1.1)', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      connection.newStream();
      const stream = connection.newStream();
      connection.send(requestFrames(stream));
      expect(answered(await connection.outcome(stream))).toBe(true);
      const replies = connection.stream(stream).body.length;
      // The same one, a lower one, and late DATA: none of them is a call; each may end the connection.
      for (const frames of [
        [requestFrames(stream)],
        [requestFrames(stream - 2)],
        [frame('data', endStream, stream, BODY)],
      ]) {
        connection.send(...frames);
        await Promise.race([connection.ping(), connection.end()]);
      }
      expect(connection.stream(stream).body).toHaveLength(replies);
      expect(connection.stream(stream - 2).headers.size).toBe(0);
      if (!connection.closed) await isAlive(connection);
    });

    it('can be reset with any code, before, within and after a call', async () => {
      const { connect, broker } = await startWireBroker(transport);
      const connection = await connect();
      for (const code of [0, 1, 2, 5, 7, 8, 11, 13, 0x12345678]) {
        const head = connection.newStream();
        connection.send(frame('headers', endHeaders, head, usualBlock()), resetFrame(head, code));
        const half = connection.newStream();
        connection.send(
          frame('headers', endHeaders, half, usualBlock()),
          frame('data', 0, half, BODY.subarray(0, 7)),
          resetFrame(half, code),
        );
        const whole = connection.newStream();
        connection.send(requestFrames(whole), resetFrame(whole, code));
        const done = connection.newStream();
        connection.send(requestFrames(done));
        expect(answered(await connection.outcome(done)), `code ${code}`).toBe(true);
        connection.send(resetFrame(done, code));
      }
      await isAlive(connection);
      // Nothing waits for any of them.
      await broker.stop(10_000);
      expect(await connection.end()).toBe(ERROR.none);
    });

    it('are cancelled in the words of the log when their caller resets them', async () => {
      const { connect, log } = await startWireBroker(transport);
      const connection = await connect();
      const stream = connection.start({ body: BODY.subarray(0, 7), end: false });
      await connection.ping();
      connection.reset(stream, ERROR.cancel);
      await expect
        .poll(() => log.withMessage('finished call'))
        .toMatchObject([{ code: 'CANCELLED', error: 'CANCELLED', requestBytes: 7 }]);
    });

    it('beyond a limit that the client has not heard of are refused alone (RFC 9113 §5.1.2)', async () => {
      const { connect } = await startWireBroker(transport, { limits: { maxConcurrentStreams: 4 } });
      const connection = await connect({ acknowledge: false });
      const open = Array.from({ length: 4 }, () => connection.start({ body: BODY, end: false }));
      expect(await connection.call({ body: BODY })).toMatchObject({
        http: undefined,
        reset: ERROR.refusedStream,
      });
      for (const stream of open) {
        connection.send(frame('data', endStream, stream));
        expect(answered(await connection.outcome(stream))).toBe(true);
      }
      await isAlive(connection);
    });

    it('beyond a limit that the client has acknowledged end the connection, and it alone', async () => {
      const { connect } = await startWireBroker(transport, { limits: { maxConcurrentStreams: 4 } });
      const connection = await connect();
      await connection.until(() => connection.settings.size > 0, 'SETTINGS');
      await connection.ping();
      const heads = Array.from({ length: 5 }, () =>
        frame('headers', endHeaders, connection.newStream(), usualBlock()),
      );
      connection.send(...heads);
      expect(await connection.end()).toBe(ERROR.protocol);
      await isAlive(await connect());
    });

    it('may be many at once on one connection', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      await connection.ping();
      const streams = Array.from({ length: 1000 }, () => connection.newStream());
      connection.send(...streams.map((stream) => requestFrames(stream)));
      for (const stream of streams) {
        expect(answered(await connection.outcome(stream))).toBe(true);
      }
    });

    it('may have their frames mixed', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const streams = Array.from({ length: 20 }, () => connection.newStream());
      for (const stream of streams) {
        connection.send(frame('headers', endHeaders, stream, usualBlock()));
      }
      for (const octet of BODY) {
        connection.send(...streams.map((stream) => frame('data', 0, stream, Buffer.of(octet))));
      }
      for (const stream of streams.reverse()) connection.send(frame('data', endStream, stream));
      for (const stream of streams) {
        expect(answered(await connection.outcome(stream))).toBe(true);
      }
    });
  });

  describe('the table of header fields', () => {
    it('may be taken away from the server, and given back', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      for (const octets of [100, 0, 4096, 1, 65_536, 0, 0, 4096]) {
        connection.send(settingsFrame([[1, octets]]));
        await isAlive(connection, `${octets} octets`);
        expect(await connection.call({ path: '/none', body: BODY })).toMatchObject({
          status: status.UNIMPLEMENTED,
        });
      }
    });
  });
});
