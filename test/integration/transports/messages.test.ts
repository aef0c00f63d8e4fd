import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../../src/client/lean/frames.ts';
import { frame, padded } from '../../support/http2/frames.ts';
import { headerBlock } from '../../support/http2/header-block.ts';
import { HASH_DATA } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { TRANSPORTS } from '../support/transports.ts';
import { callsOver, headers, isAnswered, isReset } from './support/calls.ts';
import { BODY, HASH_ABC, startWireBroker, usualBlock } from './support/wire.ts';

const HARD_LIMIT = 4 * 1024 * 1024;
const NO_MESSAGE = `Received%20no%20request%20message%20for%20server%20streaming%20method%20${HASH_DATA}`;
const SECOND_MESSAGE = `Received%20a%20second%20request%20message%20for%20server%20streaming%20method%20${HASH_DATA}`;

describe.each(TRANSPORTS)('over %s:', (transport) => {
  const { callAll, exchangeAll } = callsOver(transport);

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
});
