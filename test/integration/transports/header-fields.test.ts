import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../../src/client/lean/frames.ts';
import { frame, padded, uint32 } from '../../support/http2/frames.ts';
import { headerBlock, indexed, tableSize, type Field } from '../../support/http2/header-block.ts';
import { requestFields, type WireRequest } from '../../support/http2/wire-connection.ts';
import { HASH_DATA } from '../support/grpc-caller.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { callsOver, headers, isAnswered, isReset } from './support/calls.ts';
import { BODY, exchange, requestFrames, startWireBroker, usualBlock } from './support/wire.ts';

/** RFC 9113 §7. */
const ENHANCE_YOUR_CALM = 11;

describe.each(TRANSPORTS)('over %s:', (transport) => {
  const { callAll, exchangeAll } = callsOver(transport);

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

    it('that are not as HTTP has them are left out (RFC 9113 §8.2.1)', async () => {
      // They make a request malformed, which a server need not hold against it when it does not pass them on.
      const fields: readonly Field[] = [
        ['', 'x'],
        ['a b', 'x'],
        ['a\0b', 'x'],
        ['a', 'x\0y'],
        ['a', 'x\r\ny: z'],
        ['a', 'x\u0001y'],
        ['a', ' x'],
        ['a', 'x\t'],
        ['grpc-timeout', ' x'],
        ['grpc-encoding', 'gzip '],
      ];
      await exchangeAll(
        fields.map((field) => [
          JSON.stringify(field),
          (stream) => [requestFrames(stream, usualBlock([field]))],
        ]),
        isAnswered,
      );
      await callAll([['', headers({ 'content-type': ' application/grpc' })]], (outcome) => {
        expect(outcome.http).toBe('415');
      });
    });

    it('may have 16 KiB together, and no more', async () => {
      const long = (bytes: number): Buffer =>
        usualBlock([
          ['x', 'x'.repeat(bytes / 2)],
          ['y', 'y'.repeat(bytes / 2)],
        ]);
      await exchangeAll([['15,000', (s) => [requestFrames(s, long(15_000))]]], isAnswered);
      await exchangeAll([['16,100', (s) => [requestFrames(s, long(16_100))]]], (outcome) => {
        expect(outcome).toMatchObject({ http: undefined, reset: ENHANCE_YOUR_CALM });
      });
    });

    it('may be 128, and no more', async () => {
      const usual = requestFields().length;
      const block = (count: number): Buffer =>
        usualBlock(Array.from({ length: count - usual }, (_, index) => [`x${index}`, '1']));
      await exchangeAll([['128', (s) => [requestFrames(s, block(128))]]], isAnswered);
      await exchangeAll([['129', (s) => [requestFrames(s, block(129))]]], (outcome) => {
        expect(outcome).toMatchObject({ http: undefined, reset: ENHANCE_YOUR_CALM });
      });
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
});
