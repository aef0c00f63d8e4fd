import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../../src/client/lean/frames.ts';
import { frame, padded, uint32 } from '../../support/http2/frames.ts';
import { headerBlock, indexed, tableSize, type Field } from '../../support/http2/header-block.ts';
import {
  requestFields,
  type WireOutcome,
  type WireRequest,
} from '../../support/http2/wire-connection.ts';
import { HASH_DATA, HEALTH_CHECK } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { TRANSPORTS } from '../support/transports.ts';
import {
  answered,
  BODY,
  exchange,
  HASH_ABC,
  requestFrames,
  startWireBroker,
  usualBlock,
} from './support/wire.ts';

/** RFC 9113 §7. */
const PROTOCOL_ERROR = 1;
const CANCEL = 8;
const HARD_LIMIT = 4 * 1024 * 1024;
const NO_MESSAGE = `Received%20no%20request%20message%20for%20server%20streaming%20method%20${HASH_DATA}`;
const SECOND_MESSAGE = `Received%20a%20second%20request%20message%20for%20server%20streaming%20method%20${HASH_DATA}`;

const headers = (changes: Record<string, string | undefined>): WireRequest => ({
  headers: changes,
  body: BODY,
});

describe.each(TRANSPORTS)('over %s:', (transport) => {
  /** Makes every request on one connection, so that each also proves that the one before it did no harm. */
  async function callAll(
    requests: readonly (readonly [string, WireRequest])[],
    check: (outcome: WireOutcome, name: string) => void,
  ): Promise<void> {
    const { connect } = await startWireBroker(transport);
    const connection = await connect();
    for (const [name, request] of requests) check(await connection.call(request), name);
    expect(answered(await connection.call({ body: BODY }))).toBe(true);
  }

  /** The same for requests that are made of frames. */
  async function exchangeAll(
    requests: readonly (readonly [string, (stream: number) => readonly Uint8Array[]])[],
    check: (outcome: WireOutcome, name: string) => void,
  ): Promise<void> {
    const { connect } = await startWireBroker(transport);
    const connection = await connect();
    for (const [name, make] of requests) check(await exchange(connection, make), name);
    expect(answered(await connection.call({ body: BODY }))).toBe(true);
  }

  const isAnswered = (outcome: WireOutcome, name: string): void => {
    expect(answered(outcome), `${name}: ${JSON.stringify(outcome)}`).toBe(true);
  };
  const isReset = (outcome: WireOutcome, name: string): void => {
    expect(outcome, name).toMatchObject({ http: undefined, reset: PROTOCOL_ERROR });
  };

  describe('header fields', () => {
    it('that a caller is free to send change nothing', async () => {
      const more: readonly (readonly [string, WireRequest])[] = [
        ['no te', headers({ te: undefined })],
        ['another scheme', headers({ ':scheme': 'https' })],
        ['an accepted encoding', headers({ 'grpc-accept-encoding': 'gzip,deflate,identity' })],
        ['no accepted encoding', headers({ 'grpc-accept-encoding': '' })],
        ['identity', headers({ 'grpc-encoding': 'identity' })],
        ['binary metadata', headers({ 'x-bin': 'AAEC' })],
        ['metadata that is not base64', headers({ 'x-bin': '***' })],
        ['octets beyond ASCII', headers({ a: 'x\u00ffy' })],
        ['a host beside the authority', headers({ host: 'other' })],
        ['its exact length', headers({ 'content-length': String(BODY.length) })],
        ['7,000 octets in one field', headers({ a: 'x'.repeat(7000) })],
      ];
      await callAll(more, isAnswered);
    });

    it("that only servers send, or that are the server's own, are passed over", async () => {
      await callAll(
        [
          'grpc-status',
          'grpc-message',
          'grpc-nonsense',
          'grpc-previous-rpc-attempts',
          'grpc-retry-pushback-ms',
          'grpc-trace-bin',
          'cryptobroker-admission',
          'cryptobroker-error',
        ].map((name) => [name, headers({ [name]: '7' })]),
        isAnswered,
      );
    });

    it('without which there is no request end the stream alone (RFC 9113 §8.3.1)', async () => {
      await callAll(
        [
          ['no method', headers({ ':method': undefined })],
          ['no path', headers({ ':path': undefined })],
          ['no scheme', headers({ ':scheme': undefined })],
          ['an empty method', headers({ ':method': '' })],
          ['an empty scheme', headers({ ':scheme': '' })],
          ['an empty path', headers({ ':path': '' })],
          ['a path that does not begin with a slash', headers({ ':path': HASH_DATA.slice(1) })],
          ['an absolute path', headers({ ':path': `http://localhost${HASH_DATA}` })],
          ['an asterisk', headers({ ':path': '*' })],
          ['a space in the path', headers({ ':path': '/a b' })],
          ['a control in the path', headers({ ':path': '/a\u0001b' })],
          ['NUL in the path', headers({ ':path': '/a\0b' })],
          ['a space in the method', headers({ ':method': 'P OST' })],
          ['CONNECT with a path', headers({ ':method': 'CONNECT' })],
          ['another te than trailers', headers({ te: 'gzip' })],
        ],
        isReset,
      );
    });

    it('that HTTP/2 forbids end the stream alone (RFC 9113 §8.2)', async () => {
      const forbidden: readonly (readonly [string, Field])[] = [
        ['connection', ['connection', 'close']],
        ['transfer-encoding', ['transfer-encoding', 'chunked']],
        ['upgrade', ['upgrade', 'h2c']],
        ['keep-alive', ['keep-alive', '5']],
        ['proxy-connection', ['proxy-connection', '5']],
        ['a second path', [':path', '/x']],
        ['an unknown pseudo-field', [':nothing', 'x']],
        ["a response's pseudo-field", [':status', '200']],
        ['capitals', ['X-Up', 'x']],
        ['a length that is none', ['content-length', 'x']],
      ];
      await exchangeAll(
        [
          ...forbidden.map(
            ([name, field]) =>
              [name, (stream: number) => [requestFrames(stream, usualBlock([field]))]] as const,
          ),
          [
            'a pseudo-field behind another',
            (stream) => [
              requestFrames(
                stream,
                Buffer.concat([headerBlock([['te', 'trailers']]), usualBlock()]),
              ),
            ],
          ],
          ['none at all', (stream) => [requestFrames(stream, Buffer.alloc(0))]],
        ],
        isReset,
      );
    });

    it('of characters that HTTP does not allow are left out, or end the stream alone', async () => {
      // RFC 9113 §8.2.1 has such a request be malformed; node:http2 leaves the field out, which is as safe.
      const fields: readonly Field[] = [
        ['', 'x'],
        ['a b', 'x'],
        ['a\0b', 'x'],
        ['a', 'x\0y'],
        ['a', 'x\r\ny: z'],
        ['a', 'x\u0001y'],
        ['a', ' x '],
      ];
      await exchangeAll(
        fields.map((field) => [
          JSON.stringify(field),
          (stream) => [requestFrames(stream, usualBlock([field]))],
        ]),
        (outcome, name) => {
          if (outcome.reset === undefined) isAnswered(outcome, name);
          else isReset(outcome, name);
        },
      );
    });

    it('may be padded, prioritised, cut into pieces, and coded in every way', async () => {
      const block = usualBlock();
      const data = (stream: number): Buffer => frame('data', FLAG.endStream, stream, BODY);
      const { endHeaders, padded: pad, priority } = FLAG;
      await exchangeAll(
        [
          [
            'padded by 200',
            (s) => [frame('headers', endHeaders | pad, s, padded(block, 200)), data(s)],
          ],
          [
            'padded by 0',
            (s) => [frame('headers', endHeaders | pad, s, padded(block, 0)), data(s)],
          ],
          [
            'with a priority',
            (s) => {
              const prioritised = Buffer.concat([uint32(0), Buffer.of(15), block]);
              return [frame('headers', endHeaders | priority, s, prioritised), data(s)];
            },
          ],
          [
            'with an exclusive priority and padding',
            (s) => {
              const payload = padded(Buffer.concat([uint32(0x80000000), Buffer.of(255), block]), 9);
              return [frame('headers', endHeaders | priority | pad, s, payload), data(s)];
            },
          ],
          [
            'in four pieces, one of them empty',
            (s) => [
              frame('headers', 0, s, block.subarray(0, 5)),
              frame('continuation', 0, s, block.subarray(5, 6)),
              frame('continuation', 0, s),
              frame('continuation', endHeaders, s, block.subarray(6)),
              data(s),
            ],
          ],
          [
            'behind changes of the table size',
            (s) => [requestFrames(s, Buffer.concat([tableSize(0), tableSize(4096), block]))],
          ],
        ],
        isAnswered,
      );
      await callAll(
        [
          ['Huffman-coded', { body: BODY, form: { huffman: true } }],
          ['never indexed', { body: BODY, form: { indexing: 'never' } }],
          ['with literal names', { body: BODY, form: { literalNames: true } }],
          [
            'all of it, and remembered',
            { body: BODY, form: { literalNames: true, huffman: true, indexing: 'incremental' } },
          ],
        ],
        isAnswered,
      );
    });

    it('are remembered for as long as the connection lasts (RFC 7541 §2.3.2)', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const fields = requestFields();
      const first = headerBlock(fields, { indexing: 'incremental' });
      isAnswered(await exchange(connection, (s) => [requestFrames(s, first)]), 'remembered');
      const again = Buffer.concat(fields.map((_, index) => indexed(61 + fields.length - index)));
      for (let round = 0; round < 3; round += 1) {
        isAnswered(await exchange(connection, (s) => [requestFrames(s, again)]), 'by index');
      }
      const other = await connect();
      expect(await exchange(other, (s) => [requestFrames(s, again)])).toMatchObject({
        http: undefined,
      });
    });
  });

  describe('the kind of request', () => {
    it('is the path and nothing else: any method of HTTP is taken as POST', async () => {
      await callAll(
        ['GET', 'PUT', 'OPTIONS', 'post'].map((method) => [method, headers({ ':method': method })]),
        isAnswered,
      );
    });

    it('is unknown for every path but the exact one', async () => {
      const paths: readonly (readonly [path: string, shown: string])[] = [
        [`${HASH_DATA}?x=1`, `${HASH_DATA}?x=1`],
        [`${HASH_DATA}#x`, `${HASH_DATA}#x`],
        [`/${HASH_DATA}`, `/${HASH_DATA}`],
        [`${HASH_DATA}/`, `${HASH_DATA}/`],
        [HASH_DATA.toLowerCase(), HASH_DATA.toLowerCase()],
        ['/CryptoBroker.CryptoGrpc/%48ashData', '/CryptoBroker.CryptoGrpc/%2548ashData'],
        ['/a"b<c>^`{|}\\', '/a%22b%3Cc%3E%5E%60%7B%7C%7D%5C'],
        ['/a%zz%20b#c?d&e', '/a%25zz%2520b#c?d&e'],
        ['/a\u00ffb', '/a%5Cu00ffb'],
        [`/${'a'.repeat(79)}`, `/${'a'.repeat(79)}`],
        [`/${'a'.repeat(80)}`, `/${'a'.repeat(79)}?`],
        [`/${'a'.repeat(5000)}`, `/${'a'.repeat(79)}?`],
        [`/${'\u00e9'.repeat(85)}`, `/${'%5Cu00e9'.repeat(79)}?`],
      ];
      await callAll(
        paths.map(([path]) => [path, headers({ ':path': path })]),
        (outcome, path) => {
          const shown = paths.find(([given]) => given === path)?.[1];
          expect(outcome, path).toMatchObject({
            http: '200',
            status: status.UNIMPLEMENTED,
            code: 'METHOD_UNKNOWN',
            message: `unknown%20method%20${shown}`,
          });
        },
      );
    });

    it('is not gRPC for every content type but three spellings of protobuf', async () => {
      const wrong = [
        undefined,
        '',
        'text/plain',
        'application/json',
        'application/grpcx',
        'application/grpc-web',
        'application/grpc-web+proto',
        'application/grpc+json',
        'application/grpc+',
        'application/grpc ;x',
        'application/grpc, application/grpc',
      ];
      await callAll(
        wrong.map((type) => [String(type), headers({ 'content-type': type })]),
        (outcome, name) => {
          expect(outcome, name).toMatchObject({ http: '415', status: undefined });
        },
      );
      const right = [
        'application/grpc',
        'application/grpc+proto',
        'application/grpc+PROTO',
        'application/grpc;',
        'application/grpc; charset=utf-8',
        'application/grpc+proto;x',
      ];
      await callAll(
        right.map((type) => [type, headers({ 'content-type': type })]),
        isAnswered,
      );
    });

    it('is said by the first content type when there are two', async () => {
      await exchangeAll(
        [
          ['', (s) => [requestFrames(s, usualBlock([['content-type', 'application/grpc']]))]],
          ['', (s) => [requestFrames(s, usualBlock([['content-type', 'text/plain']]))]],
        ],
        isAnswered,
      );
    });
  });

  describe('the message', () => {
    it('may come in any number of frames', async () => {
      const data = (s: number, bytes: Uint8Array): Buffer => frame('data', 0, s, bytes);
      const head = (s: number): Buffer => frame('headers', FLAG.endHeaders, s, usualBlock());
      const end = (s: number): Buffer => frame('data', FLAG.endStream, s);
      await exchangeAll(
        [
          [
            'byte by byte',
            (s) => [head(s), ...[...BODY].map((o) => data(s, Buffer.of(o))), end(s)],
          ],
          [
            'with empty frames between',
            (s) => [
              head(s),
              ...[data(s, Buffer.alloc(0)), data(s, BODY.subarray(0, 3)), data(s, Buffer.alloc(0))],
              ...[data(s, BODY.subarray(3)), end(s)],
            ],
          ],
          [
            'padded',
            (s) => [head(s), frame('data', FLAG.padded | FLAG.endStream, s, padded(BODY, 100))],
          ],
          [
            'behind padding alone',
            (s) => [
              head(s),
              frame('data', FLAG.padded, s, padded(Buffer.alloc(0), 5)),
              ...[data(s, BODY), end(s)],
            ],
          ],
        ],
        isAnswered,
      );
    });

    it('may be followed by trailers, which are passed over', async () => {
      const { endHeaders, endStream } = FLAG;
      const withTrailers =
        (block: Uint8Array) =>
        (s: number): Uint8Array[] => [
          frame('headers', endHeaders, s, usualBlock()),
          frame('data', 0, s, BODY),
          frame('headers', endHeaders | endStream, s, block),
        ];
      await exchangeAll(
        [
          ['one', withTrailers(headerBlock([['x-t', '1']]))],
          ['none', withTrailers(Buffer.alloc(0))],
          [
            'some that mean something in headers',
            withTrailers(
              headerBlock([
                ['grpc-timeout', 'x'],
                ['content-type', 'x'],
              ]),
            ),
          ],
        ],
        isAnswered,
      );
    });

    it('is not to be followed by headers that are no trailers (RFC 9113 §8.1)', async () => {
      const { endHeaders, endStream } = FLAG;
      await exchangeAll(
        [
          [
            'without the end of the stream',
            (s) => [
              frame('headers', endHeaders, s, usualBlock()),
              frame('data', 0, s, BODY),
              frame('headers', endHeaders, s, headerBlock([['x-t', '1']])),
            ],
          ],
          [
            'with a pseudo-field',
            (s) => [
              frame('headers', endHeaders, s, usualBlock()),
              frame('data', 0, s, BODY),
              frame('headers', endHeaders | endStream, s, headerBlock([[':path', '/x']])),
            ],
          ],
        ],
        isReset,
      );
    });

    it('must be there, whole, and alone', async () => {
      const cases: readonly (readonly [string, Uint8Array | undefined, string])[] = [
        ['no body', undefined, NO_MESSAGE],
        ['an empty body', Buffer.alloc(0), NO_MESSAGE],
        ['half a prefix', Buffer.of(0, 0), NO_MESSAGE],
        ['a byte too few', framed(HASH_ABC, { length: HASH_ABC.length + 1 }), NO_MESSAGE],
        [
          'the largest length, and little of it',
          framed(HASH_ABC, { length: HARD_LIMIT }),
          NO_MESSAGE,
        ],
        ['a second one', Buffer.concat([BODY, BODY]), SECOND_MESSAGE],
        ['an empty second one', Buffer.concat([BODY, Buffer.alloc(5)]), SECOND_MESSAGE],
      ];
      await callAll(
        cases.map(([name, body]) => [name, body === undefined ? {} : { body }]),
        (outcome, name) => {
          const message = cases.find(([known]) => known === name)?.[2];
          expect(outcome, name).toMatchObject({ status: status.UNIMPLEMENTED, message });
        },
      );
      await callAll(
        [
          ['one octet of a second one', { body: Buffer.concat([BODY, Buffer.of(0)]) }],
          ['four octets of a second one', { body: Buffer.concat([BODY, Buffer.alloc(4)]) }],
        ],
        isAnswered,
      );
    });

    it('is not read when its length is beyond the limit', async () => {
      await callAll(
        [HARD_LIMIT + 1, 0x7fffffff, 0xffffffff].map((length) => [
          String(length),
          { body: framed(HASH_ABC, { length }) },
        ]),
        (outcome, length) => {
          expect(outcome).toMatchObject({
            status: status.RESOURCE_EXHAUSTED,
            message: `Received%20message%20larger%20than%20max%20(${length}%20vs%20${HARD_LIMIT})`,
          });
        },
      );
    });

    it('is not inflated, whatever is said of it', async () => {
      const zipped = framed(gzipSync(HASH_ABC), { compressed: 1 });
      await callAll(
        [
          ['compressed', { body: framed(HASH_ABC, { compressed: 1 }) }],
          ['a flag of 2', { body: framed(HASH_ABC, { compressed: 2 }) }],
          ['a flag of 255', { body: framed(HASH_ABC, { compressed: 255 }) }],
          ['gzip', { headers: { 'grpc-encoding': 'gzip' }, body: zipped }],
          ['identity, yet compressed', { headers: { 'grpc-encoding': 'identity' }, body: zipped }],
          ['an unknown encoding', headers({ 'grpc-encoding': 'snappy' })],
          ['no encoding', headers({ 'grpc-encoding': '' })],
          ['identity in capitals', headers({ 'grpc-encoding': 'IDENTITY' })],
        ],
        (outcome, name) => {
          expect(outcome, name).toMatchObject({
            status: status.UNIMPLEMENTED,
            code: 'ENCODING_UNSUPPORTED',
            message: 'compressed%20messages%20are%20not%20accepted',
          });
        },
      );
    });

    it('contradicts a content-length without harm to other calls', async () => {
      const { connect } = await startWireBroker(transport);
      for (const length of [BODY.length - 1, BODY.length + 1, 0]) {
        const connection = await connect();
        const outcome = await connection.call(headers({ 'content-length': String(length) }));
        // A malformed request (RFC 9113 §8.1.1); node:http2 may take the connection along.
        expect(outcome.http).toBeUndefined();
        expect(outcome.reset !== undefined || outcome.goAway !== undefined).toBe(true);
        isAnswered(await (await connect()).call({ body: BODY }), 'another connection');
      }
    });
  });

  describe('grpc-timeout', () => {
    it('may have every unit and up to eight digits', async () => {
      const right = ['1H', '596H', '597H', '99999999H', '35792M', '1S', '9999999S', '2147484S'];
      await callAll(
        [...right, '1000m', '99999999u', '99999999n'].map((timeout) => [
          timeout,
          headers({ 'grpc-timeout': timeout }),
        ]),
        isAnswered,
      );
    });

    it('is refused in every other form', async () => {
      const wrong = ['', '1', 'S', '-1S', '+1S', '1.5S', '1s', '1h', '1 S', '123456789S', '1SS'];
      await callAll(
        [...wrong, '1S,1S', '0x1S', '\u00bdS', '1\u00b5'].map((timeout) => [
          timeout,
          headers({ 'grpc-timeout': timeout }),
        ]),
        (outcome, timeout) => {
          expect(outcome, timeout).toMatchObject({
            status: status.INVALID_ARGUMENT,
            code: 'INPUT_INVALID',
            message: 'grpc-timeout:%20is%20not%20a%20timeout',
          });
        },
      );
      await exchangeAll(
        [
          [
            'twice',
            (s) => [
              requestFrames(
                s,
                usualBlock([
                  ['grpc-timeout', '1S'],
                  ['grpc-timeout', '1S'],
                ]),
              ),
            ],
          ],
        ],
        (outcome) => {
          expect(outcome).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'INPUT_INVALID' });
        },
      );
    });

    it('ends a call whose request does not become whole', async () => {
      const { connect, log } = await startWireBroker(transport);
      const connection = await connect();
      const headers = { 'grpc-timeout': '40m' };
      for (const body of [Buffer.alloc(0), BODY.subarray(0, 4), BODY.subarray(0, 7)]) {
        const stream = connection.start({ headers, body, end: false });
        expect(await connection.outcome(stream)).toMatchObject({
          status: status.DEADLINE_EXCEEDED,
          code: 'DEADLINE_EXCEEDED',
          message: 'Deadline%20exceeded',
        });
        // grpc-js has no record of a call before its caller has ended the stream, too.
        connection.reset(stream, CANCEL);
      }
      isAnswered(await connection.call({ body: BODY }), 'afterwards');
      await expect
        .poll(() => log.lines().filter(({ code }) => code === 'DEADLINE_EXCEEDED').length)
        .toBe(3);
    });

    it('ends a stream of answers', async () => {
      const { connect } = await startWireBroker(transport);
      const connection = await connect();
      const watch = connection.start({
        path: '/grpc.health.v1.Health/Watch',
        headers: { 'grpc-timeout': '60m' },
        body: framed(Buffer.alloc(0)),
      });
      expect(await connection.outcome(watch)).toMatchObject({
        status: status.DEADLINE_EXCEEDED,
        code: 'DEADLINE_EXCEEDED',
        reply: Buffer.of(0x08, 1),
      });
      isAnswered(await connection.call({ body: BODY }), 'afterwards');
    });

    it('of no time at all does not upset anybody', async () => {
      await callAll(
        ['0H', '0n', '00000000S', '1n', '1u', '1m'].map((timeout) => [
          timeout,
          {
            ...headers({ 'grpc-timeout': timeout }),
            path: HEALTH_CHECK,
            body: framed(Buffer.alloc(0)),
          },
        ]),
        (outcome, name) => {
          expect([status.OK, status.DEADLINE_EXCEEDED], name).toContain(outcome.status);
        },
      );
    });
  });
});
